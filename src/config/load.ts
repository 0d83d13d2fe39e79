/**
 * One job out of everything that sets options: defaults, then files in order, then the environment, then
 * flags. Each value keeps where it came from, so that an error can say it.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import { coerce, type Given, parseFlags } from "./flags.ts";
import { foreignLayers, isForeign } from "./hyper2kvm.ts";
import { type FileLayers, nativeLayers, openJobFile } from "./job_file.ts";
import { type Option, OPTIONS, optionsOf } from "./options.ts";
import { type Job, type JobCommand, type JobKey, jobSchema } from "./schema.ts";

/** Where a value came from: `default`, `HYPER2KVM_…`, `--flag` or the name of a file. */
export type Origins = Readonly<Partial<Record<JobKey, string>>>;

/** A checked job, and where each value that is not a default came from. */
export interface LoadedJob {
  /** The options. */
  readonly job: Job;
  /** Where they came from. */
  readonly origins: Origins;
}

/** One place that sets options. */
export interface Layer {
  /** The values. */
  readonly values: Given;
  /** What an error calls the place of one of them. */
  origin(option: Option): string;
}

/**
 * Reads the job of a command from its files, the environment and its arguments.
 *
 * @throws {MigrateError} `usage/bad-option`, `usage/bad-value` or `config/bad-file`
 */
export async function loadJob(
  command: JobCommand,
  args: readonly string[],
  env: Readonly<Record<string, string>> = Deno.env.toObject(),
): Promise<LoadedJob> {
  const flags = parseFlags(command, args);
  const { layers } = await readFiles(flags.config as string[] | undefined ?? []);
  return mergeJob([...layers, environmentLayer(command, env), commandLayer(command), flagLayer(flags)]);
}

/**
 * Reads job files, later ones over earlier ones, in whichever program's keys they are.
 *
 * @param foreignCommand What `--cmd` says, for files of the Python hyper2kvm.
 * @throws {MigrateError} `config/bad-file`
 */
export async function readFiles(paths: readonly string[], foreignCommand?: string): Promise<FileLayers> {
  const files = await Promise.all(paths.map(openJobFile));
  if (isForeign(files) || (foreignCommand !== undefined && files.length > 0)) {
    return foreignLayers(files, foreignCommand);
  }
  const read = files.map(nativeLayers);
  return {
    layers: read.flatMap((one) => one.layers),
    vms: read.findLast((one) => one.vms.length > 0)?.vms ?? [],
    warnings: [],
  };
}

/** What a command says by its name: options that need `define` need not be told that they are for it. */
export function commandLayer(command: JobCommand): Layer {
  return { values: command === "define" ? { define: true } : {}, origin: () => command };
}

/** The options that were given as flags. */
export function flagLayer(values: Given): Layer {
  return {
    values,
    origin: (option) => option.positional === true ? option.value ?? option.key : option.display,
  };
}

/** The options that HYPER2KVM_* variables set; an empty variable counts as absent. */
export function environmentLayer(command: JobCommand, env: Readonly<Record<string, string>>): Layer {
  const values: Given = {};
  for (const option of optionsOf(command)) {
    const text = env[option.env];
    if (option.flagOnly === true || text === undefined || text === "") continue;
    values[option.key] = coerce(option, text);
  }
  return { values, origin: (option) => option.env };
}

/**
 * Merges layers, the last one winning, and checks the result.
 *
 * @throws {MigrateError} `usage/bad-value`, or `config/bad-file` when a file gave the value
 */
export function mergeJob(layers: readonly Layer[]): LoadedJob {
  const values: Given = {};
  const origins: Partial<Record<JobKey, string>> = {};
  for (const layer of layers) {
    for (const option of OPTIONS) {
      if (layer.values[option.key] === undefined) continue;
      values[option.key] = layer.values[option.key];
      origins[option.key] = layer.origin(option);
    }
  }
  const parsed = jobSchema.safeParse(values);
  if (parsed.success) return { job: parsed.data, origins };
  throw badValue(parsed.error.issues[0]!, values, origins);
}

type Issue = NonNullable<ReturnType<typeof jobSchema.safeParse>["error"]>["issues"][number];

function badValue(issue: Issue, values: Given, origins: Origins): MigrateError {
  const option = OPTIONS.find((one) => one.key === issue.path[0]);
  if (option === undefined) {
    return new MigrateError("usage/bad-value", `Cannot use the options: ${issue.message}.`);
  }
  const origin = origins[option.key] ?? option.display;
  const code = / (of|in) \S/.test(origin) ? "config/bad-file" : "usage/bad-value";
  if (issue.code === "custom" && issue.params?.conflict === true) {
    return new MigrateError(code, `Cannot use the options together: ${issue.message}.`);
  }
  const found = option.secret === true ? "its value" : JSON.stringify(values[option.key]);
  const where = /^line \d+ of .*[^)]$/.test(origin) ? `${option.key} in ${origin}` : origin;
  return new MigrateError(code, `Cannot use ${found} for ${where}: expected ${expectation(issue, option)}.`);
}

/** What would have been right, in words. */
function expectation(issue: Issue, option: Option): string {
  if (option.type === "choice") return `one of ${option.choices.join(", ")}`;
  if (option.type === "boolean") return "true or false";
  if (issue.code === "too_small" && option.type === "number") return `a number of at least ${issue.minimum}`;
  if (issue.code === "too_big" && option.type === "number") return `a number of at most ${issue.maximum}`;
  if (option.type === "number") return "a whole number";
  if (issue.code === "invalid_format") return issue.message;
  if (option.type === "list") return "a list of texts";
  return "a text that is not empty";
}
