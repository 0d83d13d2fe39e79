/**
 * The options of a job as a job file, each with where it came from.
 *
 * @module
 */
import type { BatchJob, LoadedBatch } from "./batch.ts";
import type { LoadedJob } from "./load.ts";
import { type Option, optionsOf } from "./options.ts";
import type { JobCommand } from "./schema.ts";

/** What a secret is shown as. */
const MASK = "***";

/** One option of a dump. */
export interface DumpedOption {
  /** Its value; a secret is masked. */
  readonly value: unknown;
  /** `default`, a variable, a flag, or a place in a file. */
  readonly origin: string;
}

/** Every option that has a value, with its origin; secrets masked. */
export function dumpOptions(
  { job, origins }: LoadedJob,
  options: readonly Option[],
): Readonly<Record<string, DumpedOption>> {
  return Object.fromEntries(
    options.filter((option) => option.flagOnly !== true).flatMap((option) => {
      const value = job[option.key];
      if (value === undefined || (option.secret === true && origins[option.key] === undefined)) return [];
      return [[option.key, {
        value: option.secret === true ? MASK : value,
        origin: origins[option.key] ?? "default",
      }]];
    }),
  );
}

/** A run as a job file that sets the same, the origins as comments. */
export function dumpYaml(command: JobCommand, batch: LoadedBatch): string {
  const options = optionsOf(command);
  if (!batch.isBatch) return mapping(dumpOptions(batch.jobs[0]!, options), "").join("\n") + "\n";
  return ["vms:", ...batch.jobs.flatMap((job) => machine(job, options))].join("\n") + "\n";
}

/** The same for programs. */
export function dumpJson(command: JobCommand, batch: LoadedBatch): string {
  const options = optionsOf(command);
  const jobs = batch.jobs.map((job) => dumpOptions(job, options));
  return `${JSON.stringify(batch.isBatch ? { vms: jobs } : jobs[0], null, 2)}\n`;
}

function machine(job: BatchJob, options: readonly Option[]): string[] {
  const lines = mapping(dumpOptions(job, options), "    ");
  if (job.dependsOn.length > 0) lines.push(`    depends_on: ${JSON.stringify(job.dependsOn)}`);
  return [`  - ${lines[0]!.trimStart()}`, ...lines.slice(1)];
}

function mapping(dumped: Readonly<Record<string, DumpedOption>>, indent: string): string[] {
  const rows = Object.entries(dumped).map(([key, { value, origin }]): [string, string] => [
    // JSON is YAML, whatever the text holds.
    `${indent}${key}: ${JSON.stringify(value)}`,
    origin,
  ]);
  const width = Math.min(48, Math.max(0, ...rows.map(([left]) => left.length)));
  return rows.map(([left, origin]) => `${left.padEnd(width)}  # ${origin}`);
}
