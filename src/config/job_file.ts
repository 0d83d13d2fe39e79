/**
 * Job files: options in YAML or JSON, under the keys of the schema; `vms:` lists the machines of a batch.
 *
 * @module
 */
import { dirname, resolve } from "@std/path";
import { MigrateError } from "../model/error.ts";
import type { Given } from "./flags.ts";
import type { Layer } from "./load.ts";
import { type Option, OPTIONS } from "./options.ts";
import type { JobCommand } from "./schema.ts";
import { suggest } from "./suggest.ts";

/** A job file as it was read, its keys still unchecked. */
export interface JobFile {
  /** Path as the user gave it. */
  readonly path: string;
  /** The text, for line numbers. */
  readonly text: string;
  /** Its keys. */
  readonly content: Readonly<Record<string, unknown>>;
}

/** One machine of a batch. */
export interface VmLayer extends Layer {
  /** Names of the machines that must have succeeded before it starts. */
  readonly dependsOn: readonly string[];
}

/** What job files say: options for all machines, and the machines of a batch. */
export interface FileLayers {
  /** Options for all, in the order of the files. */
  readonly layers: readonly Layer[];
  /** The machines that `vms` lists; empty for a job of one machine. */
  readonly vms: readonly VmLayer[];
  /** Keys without effect, a sentence each. */
  readonly warnings: readonly string[];
  /** What the files are for, when they say so and it is no conversion. */
  readonly command?: JobCommand;
}

/**
 * Reads one job file. JSON is YAML, so one parser reads both.
 *
 * @throws {MigrateError} `config/bad-file`
 */
export async function openJobFile(path: string): Promise<JobFile> {
  return parseJobFile(path, await readText(path), (await import("@std/yaml")).parse);
}

/** Turns the text of a job file into keys; `parse` reads YAML. */
export function parseJobFile(path: string, text: string, parse: (text: string) => unknown): JobFile {
  let content: unknown;
  try {
    content = parse(text) ?? {};
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0]!.replace(/[:.]?$/, "");
    throw new MigrateError("config/bad-file", `Cannot read ${path}: ${reason}.`, { cause: error });
  }
  if (!isMapping(content)) {
    throw new MigrateError("config/bad-file", `Cannot read ${path}: it holds no "key: value" lines.`);
  }
  return { path, text, content };
}

/**
 * Reads the keys of one job file in this program's own terms.
 *
 * @throws {MigrateError} `config/bad-file` with the line and a near key where there is one
 */
export function nativeLayers(file: JobFile): FileLayers {
  const { vms, ...shared } = file.content;
  const where = (key: string): string => `line ${lineOf(file.text, key)} of ${file.path}`;
  return {
    layers: [{ values: given(file, shared, where), origin: (option) => where(option.key) }],
    vms: vmEntries(file, vms).map((entry, index) => {
      const { depends_on, ...options } = entry;
      const inVm = (key: string): string => `vms[${index}].${key} in ${file.path}`;
      return {
        values: given(file, options, inVm),
        origin: (option: Option) => inVm(option.key),
        dependsOn: textList(depends_on, inVm("depends_on")),
      };
    }),
    warnings: [],
  };
}

/** The entries of `vms`, each a mapping. */
export function vmEntries(file: JobFile, vms: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (vms === undefined || vms === null) return [];
  if (Array.isArray(vms) && vms.every(isMapping)) return vms;
  throw new MigrateError(
    "config/bad-file",
    `Cannot use line ${lineOf(file.text, "vms")} of ${file.path}: vms is no list of machines.`,
    { hint: "Write the options of each machine after a dash: - source: [a.vmdk]" },
  );
}

/** A list of texts, or one text. */
export function textList(value: unknown, place: string): readonly string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === "string") return [value];
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
  throw new MigrateError("config/bad-file", `Cannot use ${place}: expected a list of texts.`);
}

/** The line on which a key stands, from 1. */
export function lineOf(text: string, key: string): number {
  const lines = text.split("\n");
  const start = (line: string): string => line.trimStart().replace(/^[-{,"'\s]+\s*"?/, "");
  const exact = lines.findIndex((line) =>
    /^["']?\s*:/.test(start(line).slice(key.length)) && start(line).startsWith(key)
  );
  return (exact === -1 ? lines.findIndex((line) => start(line).startsWith(key)) : exact) + 1 || 1;
}

function given(
  file: JobFile,
  content: Readonly<Record<string, unknown>>,
  where: (key: string) => string,
): Given {
  const options = OPTIONS.filter((option) => option.flagOnly !== true);
  const values: Given = {};
  for (const [key, value] of Object.entries(content)) {
    const option = options.find((one) => one.key === key);
    if (option === undefined) throw unknownKey(where(key), key, options.map((one) => one.key));
    if (value === null) continue;
    const list = option.type === "list" && typeof value === "string" ? [value] : value;
    values[option.key] = option.fromJobFile === true && Array.isArray(list)
      ? list.map((path) => typeof path === "string" ? resolve(dirname(file.path), path) : path)
      : list;
  }
  return values;
}

function unknownKey(place: string, key: string, known: readonly string[]): MigrateError {
  const near = suggest(key, known) ?? suggest(key.replaceAll("-", "_"), known);
  return new MigrateError("config/bad-file", `Cannot use ${place}: there is no option "${key}".`, {
    hint: near === undefined ? "See hyper2kvm convert --help for the options." : `Did you mean ${near}?`,
  });
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
