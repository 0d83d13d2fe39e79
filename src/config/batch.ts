/**
 * The jobs of a run: one machine, or the machines that `vms:`, a CSV file or several job files list, each with
 * the shared options below its own and the flags above.
 *
 * @module
 */
import { resolve } from "@std/path";
import { MigrateError } from "../model/error.ts";
import { csvLayers } from "./csv.ts";
import { parseFlags } from "./flags.ts";
import { OPTIONS } from "./options.ts";
import type { FileLayers, VmLayer } from "./job_file.ts";
import {
  commandLayer,
  environmentLayer,
  flagLayer,
  type Layer,
  type LoadedJob,
  mergeJob,
  readFiles,
} from "./load.ts";
import type { JobCommand } from "./schema.ts";

/** One machine of a run. */
export interface BatchJob extends LoadedJob {
  /** Names of the machines that must have succeeded before it starts. */
  readonly dependsOn: readonly string[];
}

/** Everything that a run is asked for. */
export interface LoadedBatch {
  /** The options of the run itself. */
  readonly shared: LoadedJob;
  /** The machines, at least one, in order. */
  readonly jobs: readonly BatchJob[];
  /** Whether a list of machines was given, even if it has only one. */
  readonly isBatch: boolean;
  /** Whether job files were given by position. */
  readonly hasJobFiles: boolean;
  /** Keys without effect, a sentence each. */
  readonly warnings: readonly string[];
  /** What the job files are for, when they say so and it is no conversion. */
  readonly command?: JobCommand;
}

/**
 * Reads the jobs of a command.
 *
 * @throws {MigrateError} `usage/bad-option`, `usage/bad-value` or `config/bad-file`
 */
export async function loadBatch(
  command: JobCommand,
  args: readonly string[],
  env: Readonly<Record<string, string>> = Deno.env.toObject(),
): Promise<LoadedBatch> {
  const { rest, foreignCommand } = command === "run"
    ? takeCmd(args)
    : { rest: args, foreignCommand: undefined };
  const flags = parseFlags(command, rest);
  const named = command === "run" || command === "plan" || command === "sandbox"
    ? jobFilesAmong(flags.source as string[] | undefined, command)
    : [];
  if (named.length > 0) delete flags.source;
  const above = [environmentLayer(command, env), commandLayer(command), flagLayer(flags)];
  const config = (flags.config ?? flags.job ?? []) as string[];
  const files = await readJobs(config, named, foreignCommand);
  const vms = typeof flags.csv === "string"
    ? csvLayers(flags.csv, await Deno.readTextFile(flags.csv))
    : files.vms;
  const isBatch = vms.length > 0;
  // Without the machines' own options, the shared ones need not make sense together: they are for the run only.
  const shared = isBatch ? mergeRun([...files.layers, ...above]) : mergeJob([...files.layers, ...above]);
  const jobs = !isBatch ? [{ ...shared, dependsOn: [] }] : vms.map((vm) => ({
    ...mergeJob([...files.layers, vm, ...above]),
    dependsOn: vm.dependsOn,
  }));
  if (shared.job.strict && files.warnings.length > 0) {
    throw new MigrateError(
      "config/bad-file",
      `Cannot use the job with --strict:\n${files.warnings.map((one) => `  ${one}`).join("\n")}`,
      { hint: "Take these keys out, or run without --strict." },
    );
  }
  if (isBatch) checkBatch(jobs);
  const { warnings, command: meant } = files;
  const hasJobFiles = named.length > 0;
  return { shared, jobs, isBatch, hasJobFiles, warnings, ...(meant === undefined ? {} : { command: meant }) };
}

/**
 * Files given by position are machines of their own if each of several names a source; else they are merged, as
 * `--config` files are.
 */
async function readJobs(
  config: readonly string[],
  named: readonly string[],
  foreignCommand: string | undefined,
): Promise<FileLayers> {
  if (named.length < 2) return await readFiles([...config, ...named], foreignCommand);
  const each = await Promise.all(named.map((path) => readFiles([...config, path], foreignCommand)));
  const complete = each.every((one) =>
    one.vms.length > 0 || one.layers.some((layer) => layer.values.source !== undefined)
  );
  if (!complete) return await readFiles([...config, ...named], foreignCommand);
  const base = config.length === 0 ? [] : (await readFiles(config, foreignCommand)).layers;
  return {
    layers: base,
    vms: each.flatMap((one): readonly VmLayer[] =>
      (one.vms.length > 0 ? one.vms : [{ values: {}, origin: () => "", dependsOn: [] }]).map((vm) =>
        stacked([...one.layers, vm], vm.dependsOn)
      )
    ),
    warnings: [...new Set(each.flatMap((one) => one.warnings))],
    ...commonCommand(each),
  };
}

/** @throws {MigrateError} `config/bad-file` when the files are for different commands */
function commonCommand(files: readonly FileLayers[]): Pick<FileLayers, "command"> {
  const [first, ...others] = new Set(files.map(({ command }) => command));
  if (others.length === 0) return first === undefined ? {} : { command: first };
  throw new MigrateError("config/bad-file", "Cannot run these jobs together: each is for another command.", {
    hint: "Run the job files with another cmd on their own.",
  });
}

/** Layers as one. */
function stacked(layers: readonly Layer[], dependsOn: readonly string[]): VmLayer {
  return {
    values: Object.assign({}, ...layers.map((layer) => layer.values)),
    origin: (option) => layers.findLast((one) => one.values[option.key] !== undefined)?.origin(option) ?? "",
    dependsOn,
  };
}

/** The options of a run whose machines bring their own. */
function mergeRun(layers: readonly Layer[]): LoadedJob {
  const own = OPTIONS.filter((option) => option.ofRun === true).map((option) => option.key);
  return mergeJob(layers.map((layer) => ({
    values: Object.fromEntries(
      own.flatMap((key) => layer.values[key] === undefined ? [] : [[key, layer.values[key]]]),
    ),
    origin: (option) => layer.origin(option),
  })));
}

/**
 * @throws {MigrateError} `config/bad-file` for two machines of one name in one folder, or an impossible order
 */
function checkBatch(jobs: readonly BatchJob[]): void {
  const names = new Set(jobs.map(({ job }) => job.name).filter((name) => name !== undefined));
  const taken = new Set<string>();
  for (const { job, dependsOn } of jobs) {
    if (job.name !== undefined) {
      const place = resolve(job.output ?? ".", job.name);
      if (taken.has(place)) {
        throw new MigrateError(
          "config/bad-file",
          `Cannot run the batch: two machines are called ${job.name}.`,
          {
            hint: "Give each a name of its own, or another output folder.",
          },
        );
      }
      taken.add(place);
    }
    const unknown = dependsOn.find((name) => !names.has(name));
    if (unknown !== undefined) {
      throw new MigrateError(
        "config/bad-file",
        `Cannot run the batch: ${job.name ?? job.source[0]} depends on ${unknown}, which is not in it.`,
        { hint: "depends_on takes the names that other machines of the batch have (name: …)." },
      );
    }
  }
  const done = new Set<string>();
  for (let left = [...jobs]; left.length > 0;) {
    const next = left.filter(({ dependsOn }) => !dependsOn.every((name) => done.has(name)));
    if (next.length === left.length) {
      const names = left.map(({ job }) => job.name ?? job.source[0]).join(", ");
      throw new MigrateError("config/bad-file", `Cannot run the batch: ${names} wait for each other.`, {
        hint: "Take one out of depends_on.",
      });
    }
    for (const one of left) if (!next.includes(one) && one.job.name !== undefined) done.add(one.job.name);
    left = next;
  }
}

/** Names of job files among what was given by position: all of `run`, and YAML or JSON files of `plan` and `sandbox`. */
function jobFilesAmong(named: readonly string[] | undefined, command: JobCommand): readonly string[] {
  const files = (named ?? []).filter((path) => command === "run" || /\.(ya?ml|json)$/i.test(path));
  return files.length === named?.length ? files : [];
}

/** Takes `--cmd NAME` out of the arguments. */
function takeCmd(args: readonly string[]): { rest: readonly string[]; foreignCommand: string | undefined } {
  const rest = [...args];
  let foreignCommand: string | undefined;
  for (let index = rest.findIndex(isCmd); index !== -1; index = rest.findIndex(isCmd)) {
    const [first = "", second] = rest.slice(index, index + 2);
    const joined = first.startsWith("--cmd=");
    foreignCommand = joined ? first.slice("--cmd=".length) : second;
    if (foreignCommand === undefined || foreignCommand === "") {
      throw new MigrateError("usage/bad-option", "Cannot use --cmd: it needs a value.", {
        hint: "Write --cmd=local.",
      });
    }
    rest.splice(index, joined ? 1 : 2);
  }
  return { rest, foreignCommand };
}

const isCmd = (arg: string): boolean => arg === "--cmd" || arg.startsWith("--cmd=");
