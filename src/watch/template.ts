/**
 * The options for what arrives in a watched folder: the template's, below those beside the source or in the job file.
 *
 * @module
 */
import { dirname, join, resolve } from "@std/path";
import type { BatchJob } from "../config/batch.ts";
import { parseFlags } from "../config/flags.ts";
import { environmentLayer, flagLayer, type Layer, mergeJob, readFiles } from "../config/load.ts";
import { OPTIONS } from "../config/options.ts";
import type { Job } from "../config/schema.ts";
import { MigrateError } from "../model/error.ts";
import { sidecarsOf } from "./scan.ts";
import type { Arrival } from "./queue.ts";

/** A read template. */
export interface Template {
  /** The options of the watcher itself. */
  readonly job: Job;
  /** Absolute path of the folder that gets a folder for each machine. */
  readonly output: string;
  /** Options for all, in order. */
  readonly layers: readonly Layer[];
  /** The environment and the flags, which win over everything. */
  readonly above: readonly Layer[];
  /** Keys without effect, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads the template that the arguments of `watch` name.
 *
 * @throws {MigrateError} `usage/…` or `config/bad-file`
 */
export async function readTemplate(
  args: readonly string[],
  env: Readonly<Record<string, string>> = Deno.env.toObject(),
): Promise<Template> {
  const { source: _folder, job: files = [], ...flags } = parseFlags("watch", args);
  const { layers, vms, warnings } = await readFiles(files as string[]);
  const named = layers.find((layer) => layer.values.source !== undefined);
  if (named !== undefined || vms.length > 0) {
    throw new MigrateError(
      "config/bad-file",
      `Cannot use ${(files as string[])[0]} as a template: it names a machine.`,
      { hint: "Take source and vms out: the sources are what arrives in the folder." },
    );
  }
  const above = [environmentLayer("convert", env), environmentLayer("watch", env), flagLayer(flags)];
  const { job } = mergeJob([...layers, ...above]);
  if (job.output === undefined) {
    throw new MigrateError("usage/missing-argument", "Cannot watch: no output folder is given.", {
      hint: "Name one: -o DIR, or output: DIR in the template (--job TEMPLATE).",
    });
  }
  return { job, output: resolve(job.output), layers, above, warnings };
}

/**
 * The machines of an arrival with all of their options.
 *
 * @throws {MigrateError} `config/bad-file`
 */
export async function jobsOf(template: Template, folder: string, arrival: Arrival): Promise<BatchJob[]> {
  const { layers, above } = template;
  const output = join(template.output, arrival.name);
  const own: Layer = { values: { output }, origin: () => "the template" };
  const path = join(folder, arrival.path);
  if (arrival.kind === "source") {
    const beside = await readFiles(sidecarsOf(arrival.path, arrival.files).map((name) => join(folder, name)));
    beside.layers.forEach(refuseCode);
    const source: Layer = { values: { source: [path] }, origin: () => arrival.path };
    return [{
      ...mergeJob([...layers, own, ...beside.layers, ...withoutOutput(above), source]),
      dependsOn: [],
    }];
  }
  const file = await readFiles([path]);
  [...file.layers, ...file.vms].forEach(refuseCode);
  const machines = file.vms.length > 0 ? file.vms : [{ values: {}, origin: () => "", dependsOn: [] }];
  return machines.map((vm) => {
    const loaded = mergeJob([...layers, own, ...file.layers, vm, ...withoutOutput(above)]);
    const source = loaded.job.source.map((name) => fromFolder(name, dirname(path)));
    const place = loaded.job.output === output ? output : fromFolder(loaded.job.output!, dirname(path));
    return { ...loaded, job: { ...loaded.job, source, output: place }, dependsOn: vm.dependsOn };
  });
}

/** Whoever may put a file into the folder may not thereby run a program here; the template may. */
function refuseCode({ values, origin }: Layer): void {
  const named = OPTIONS.find(({ key, runsCode }) => runsCode === true && values[key] !== undefined);
  if (named === undefined) return;
  throw new MigrateError(
    "config/bad-file",
    `Cannot use ${named.key} of ${origin(named)}: it runs code here.`,
    {
      hint: "Put it into the template of the watcher (--job TEMPLATE).",
    },
  );
}

/** `-o` of the watcher names the folder above, which a job file may replace. */
function withoutOutput(layers: readonly Layer[]): Layer[] {
  return layers.map(({ values: { output: _, ...values }, origin }) => ({ values, origin }));
}

/** A path in a job file starts at the folder of that file. */
const fromFolder = (path: string, folder: string): string =>
  path.includes("://") ? path : resolve(folder, path);
