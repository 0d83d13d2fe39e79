/**
 * The contract of plugins: what a module must export, and what its rows must answer when they are called. Whatever
 * goes wrong in one names the file.
 *
 * @module
 */
import * as z from "zod";
import type { Converter } from "../converter/converter.ts";
import type { Fix } from "../fix/fix.ts";
import { MigrateError } from "../model/error.ts";
import type { Renderer } from "../report/renderer.ts";
import type { Source } from "../source/source.ts";
import type { Plugin, PluginRows } from "./plugin.ts";

const text = z.string().min(1);
const call = z.custom<unknown>((value) => typeof value === "function", "expected a function");
const names = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "expected small letters, digits and dashes");

const pluginSchema = z.strictObject({
  name: names,
  sources: z.array(z.looseObject({ kind: names, title: text, matches: call, read: call })).optional(),
  fixes: z.array(z.looseObject({ id: names, title: text, applies: call, plan: call })).optional(),
  converters: z.array(z.looseObject({ name: names, title: text, convert: call })).optional(),
  renderers: z.array(z.looseObject({
    name: names,
    extensions: z.array(z.string().regex(/^\.[a-z0-9]+$/, "expected an extension such as .csv")).min(1),
    render: call,
  })).optional(),
});

const records = z.array(z.looseObject({}));
const concerns = z.array(z.looseObject({ id: text, severity: text, message: text }));
const machineSchema = z.looseObject({
  disks: z.array(z.looseObject({
    ...{ path: text, image: text, format: text },
    ...{ virtualSizeBytes: z.number(), allocatedSizeBytes: z.number(), files: z.array(z.string()) },
  })).min(1),
  concerns: concerns.optional(),
});
const changes = z.array(
  z.looseObject({ kind: text, fix: text, path: z.string().startsWith("/"), why: text }),
);
const fixPlanSchema = z.looseObject({ changes, leftAlone: records, concerns });
const convertedSchema = z.looseObject({
  summary: z.string(),
  changes: changes.optional(),
  concerns: concerns.optional(),
});

/** The error of a plugin's file. */
export function pluginError(path: string, reason: string, cause?: unknown): MigrateError {
  return new MigrateError("plugin/failed", `Cannot use the plugin ${path}: ${reason}`, {
    hint: "Mend the plugin, or leave it out; the README says under Plugins what it must export.",
    cause,
  });
}

/**
 * Checks what a module exports.
 *
 * @throws {MigrateError} `plugin/failed`
 */
export function checkPlugin(path: string, module: Readonly<Record<string, unknown>>): Plugin {
  const unknown = Object.keys(module).find((name) => name !== "default");
  if (unknown !== undefined) {
    throw pluginError(path, `it exports ${unknown}; a plugin has a default export only.`);
  }
  if (module.default === undefined) throw pluginError(path, "it has no default export.");
  checked(path, "default export", pluginSchema, module.default);
  const plugin = module.default as Plugin;
  const { sources = [], fixes = [], converters = [], renderers = [] } = plugin;
  if (sources.length + fixes.length + converters.length + renderers.length === 0) {
    throw pluginError(path, "it registers nothing: no sources, fixes, converters or renderers.");
  }
  return plugin;
}

/** The rows of a plugin, with what they answer checked, and with their errors told as the plugin's. */
export function guardedRows(path: string, plugin: Plugin): PluginRows {
  const { sources = [], fixes = [], converters = [], renderers = [] } = plugin;
  return {
    sources: sources.map((row) => guardedSource(path, row)),
    fixes: fixes.map((row) => guardedFix(path, row)),
    converters: converters.map((row) => guardedConverter(path, row)),
    renderers: renderers.map((row) => guardedRenderer(path, row)),
  };
}

function guardedSource(path: string, row: Source): Source {
  const { kind, title, inPlace, isMachine } = row;
  return {
    ...{ kind, title },
    ...(inPlace === true ? { inPlace } : {}),
    ...(isMachine === true ? { isMachine } : {}),
    matches: (head) => {
      try {
        return row.matches(head);
      } catch (error) {
        throw failureOf(path, `source ${kind}`, error);
      }
    },
    read: (head, context) => guarded(path, `source ${kind}`, machineSchema, () => row.read(head, context)),
  };
}

function guardedFix(path: string, row: Fix): Fix {
  const { id, title } = row;
  return {
    ...{ id, title },
    applies: (guest) => {
      try {
        return row.applies(guest);
      } catch (error) {
        throw failureOf(path, `fix ${id}`, error);
      }
    },
    plan: (context) => guarded(path, `fix ${id}`, fixPlanSchema, () => row.plan(context)),
  };
}

function guardedConverter(path: string, row: Converter): Converter {
  const { name, title } = row;
  return {
    ...{ name, title },
    convert: (context) => guarded(path, `converter ${name}`, convertedSchema, () => row.convert(context)),
  };
}

function guardedRenderer(path: string, row: Renderer): Renderer {
  const { name, extensions } = row;
  return {
    ...{ name, extensions },
    render: (report) => guarded(path, `renderer ${name}`, z.string(), async () => await row.render(report)),
  };
}

/** Calls a row and checks its answer. */
async function guarded<T>(path: string, row: string, schema: z.ZodType, work: () => Promise<T>): Promise<T> {
  let answer: T;
  try {
    answer = await work();
  } catch (error) {
    throw failureOf(path, row, error);
  }
  checked(path, `answer of ${row}`, schema, answer);
  return answer;
}

function failureOf(path: string, row: string, error: unknown): unknown {
  // What the program itself throws, below a plugin, says already what is wrong.
  if (error instanceof MigrateError || (error instanceof DOMException && error.name === "AbortError")) {
    return error;
  }
  return pluginError(path, `${row}: ${error instanceof Error ? error.message : String(error)}`, error);
}

function checked(path: string, what: string, schema: z.ZodType, value: unknown): void {
  const { error } = schema.safeParse(value);
  if (error === undefined) return;
  const issue = error.issues[0]!;
  const place = issue.path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`).join(
    "",
  );
  const where = place === "" ? `the ${what}` : `${place.replace(/^\./, "")} of the ${what}`;
  throw pluginError(path, `${where}: ${issue.message.replace(/^(.)/, (letter) => letter.toLowerCase())}.`);
}
