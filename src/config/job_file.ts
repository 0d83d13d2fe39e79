/**
 * Job files: options in YAML or JSON, under the keys of the schema.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import type { Given } from "./flags.ts";
import type { Layer } from "./load.ts";
import { OPTIONS } from "./options.ts";
import { suggest } from "./suggest.ts";

/**
 * Reads one job file. JSON is YAML, so one parser reads both.
 *
 * @throws {MigrateError} `config/bad-file` with the line and a near key where there is one
 */
export async function readJobFile(path: string): Promise<Layer> {
  return parseJobFile(path, await readText(path), (await import("@std/yaml")).parse);
}

/** Turns the text of a job file into options; `parse` reads YAML. */
export function parseJobFile(path: string, text: string, parse: (text: string) => unknown): Layer {
  let content: unknown;
  try {
    content = parse(text) ?? {};
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0]!.replace(/[:.]?$/, "");
    throw new MigrateError("config/bad-file", `Cannot read ${path}: ${reason}.`, { cause: error });
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new MigrateError("config/bad-file", `Cannot read ${path}: it holds no "key: value" lines.`);
  }
  const options = OPTIONS.filter((option) => option.flagOnly !== true);
  const values: Given = {};
  for (const [key, value] of Object.entries(content)) {
    const option = options.find((one) => one.key === key);
    if (option === undefined) throw unknownKey(path, text, key, options.map((one) => one.key));
    const single = option.type === "list" && typeof value === "string";
    if (value !== null) values[option.key] = single ? [value] : value;
  }
  return {
    values,
    origin: (option) => `line ${lineOf(text, option.key)} of ${path}`,
  };
}

function unknownKey(path: string, text: string, key: string, known: readonly string[]): MigrateError {
  const near = suggest(key, known) ?? suggest(key.replaceAll("-", "_"), known);
  return new MigrateError(
    "config/bad-file",
    `Cannot use line ${lineOf(text, key)} of ${path}: there is no option "${key}".`,
    { hint: near === undefined ? "See hyper2kvm convert --help for the options." : `Did you mean ${near}?` },
  );
}

/** The line on which a top-level key stands, from 1. */
function lineOf(text: string, key: string): number {
  const lines = text.split("\n");
  return lines.findIndex((line) => line.trimStart().replace(/^[{,"']+\s*"?/, "").startsWith(key)) + 1 || 1;
}

async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error instanceof Deno.errors.IsADirectory
      ? "it is a folder"
      : undefined;
    if (reason !== undefined) {
      throw new MigrateError("config/bad-file", `Cannot read ${path}: ${reason}.`, { cause: error });
    }
    throw error;
  }
}
