/**
 * Loads plugins, each once in a thread: a Worker loads those of its job itself, because functions do not travel.
 *
 * @module
 */
import { resolve, toFileUrl } from "@std/path";
import nodeModule from "node:module";
import { BUILT_IN_CONVERTERS, type Converter } from "../converter/converter.ts";
import { MigrateError } from "../model/error.ts";
import { contentDigest } from "./content.ts";
import { checkPlugin, guardedRows, pluginError } from "./contract.ts";
import type { PluginRows } from "./plugin.ts";

/** A plugin as this thread has loaded it. */
interface LoadedPlugin {
  /** Absolute path of its file. */
  readonly path: string;
  /** Hash of its content. */
  readonly digest: string;
  /** What it adds. */
  readonly rows: PluginRows;
}

const loading = new Map<string, Promise<LoadedPlugin>>();
const loaded = new Map<string, LoadedPlugin>();

/**
 * Loads plugins and returns what they add, in their order.
 *
 * @param paths Files; relative ones start at the working directory
 * @throws {MigrateError} `plugin/failed` when one cannot be loaded, breaks the contract or takes a name that is taken
 */
export async function loadPlugins(paths: readonly string[]): Promise<PluginRows> {
  const unique = [...new Set(paths.map((path) => resolve(path)))];
  if (unique.length === 0) return { sources: [], fixes: [], converters: [], renderers: [] };
  const plugins: LoadedPlugin[] = [];
  // One after the other: of two that are wrong the first is told.
  for (const path of unique) plugins.push(await loadOnce(path));
  await refuseTaken(plugins);
  return {
    sources: plugins.flatMap(({ rows }) => rows.sources),
    fixes: plugins.flatMap(({ rows }) => rows.fixes),
    converters: plugins.flatMap(({ rows }) => rows.converters),
    renderers: plugins.flatMap(({ rows }) => rows.renderers),
  };
}

/** The content of those plugins, among loaded ones, that have a say in what comes onto the disks. */
export function disksDigests(paths: readonly string[]): readonly string[] {
  return paths.map((path) => loaded.get(resolve(path)) ?? notLoaded(path))
    .filter(({ rows: { sources, fixes, converters } }) =>
      sources.length + fixes.length + converters.length > 0
    )
    .map(({ digest }) => digest);
}

/**
 * The converter that `--converter` names.
 *
 * @throws {MigrateError} `usage/bad-value` when no plugin has it
 */
export function selectConverter(name: string, { converters }: Pick<PluginRows, "converters">): Converter {
  const converter = converters.find((one) => one.name === name);
  if (converter !== undefined) return converter;
  throw new MigrateError(
    "usage/bad-value",
    `Cannot convert with ${name}: no plugin has a converter of that name.`,
    {
      hint: `The plugins have: ${converters.map((one) => one.name).join(", ") || "no converters"}.`,
    },
  );
}

function notLoaded(path: string): never {
  throw new Error(`the plugin ${path} is not loaded yet`);
}

function loadOnce(path: string): Promise<LoadedPlugin> {
  const known = loading.get(path);
  if (known !== undefined) return known;
  const work = load(path);
  loading.set(path, work);
  return work;
}

async function load(path: string): Promise<LoadedPlugin> {
  let module: Record<string, unknown>, digest: string;
  try {
    digest = await contentDigest(path);
    module = await importModule(path);
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    throw pluginError(path, isMissing ? "there is no such file." : firstLine(error), error);
  }
  const plugin = { path, digest, rows: guardedRows(path, checkPlugin(path, module)) };
  loaded.set(path, plugin);
  return plugin;
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0]!;

/**
 * Imports a module from the file system.
 *
 * @param isBinary Whether this is the compiled program, which has no TypeScript compiler: types are taken out here
 */
export async function importModule(
  path: string,
  isBinary: boolean = Deno.build.standalone,
): Promise<Record<string, unknown>> {
  if (!isBinary || !/\.[cm]?ts$/.test(path)) return await import(toFileUrl(path).href);
  const script = nodeModule.stripTypeScriptTypes(await Deno.readTextFile(path));
  return await import(`data:text/javascript;charset=utf-8,${encodeURIComponent(script)}`);
}

/** @throws {MigrateError} `plugin/failed` for a name that a row before has */
async function refuseTaken(plugins: readonly LoadedPlugin[]): Promise<void> {
  // Here only, so that a run without plugins does not load every table.
  const { SOURCES } = await import("../source/source.ts");
  const { LINUX_FIXES } = await import("../fix/registry.ts");
  const { RENDERERS } = await import("../report/renderer.ts");
  const extensions = RENDERERS.flatMap((one) => one.extensions);
  const taken: Readonly<Record<string, Set<string>>> = {
    source: new Set(SOURCES.map(({ kind }) => kind)),
    fix: new Set(LINUX_FIXES.map(({ id }) => id)),
    converter: new Set(BUILT_IN_CONVERTERS),
    renderer: new Set(RENDERERS.map(({ name }) => name)),
    extension: new Set(extensions),
  };
  for (const { path, rows } of plugins) {
    const names: readonly (readonly [string, string])[] = [
      ...rows.sources.map(({ kind }) => ["source", kind] as const),
      ...rows.fixes.map(({ id }) => ["fix", id] as const),
      ...rows.converters.map(({ name }) => ["converter", name] as const),
      ...rows.renderers.map(({ name }) => ["renderer", name] as const),
      ...rows.renderers.flatMap((one) => one.extensions.map((name) => ["extension", name] as const)),
    ];
    for (const [seam, name] of names) {
      if (taken[seam]!.has(name)) throw pluginError(path, `the ${seam} ${name} is there already.`);
      taken[seam]!.add(name);
    }
  }
}
