/**
 * Jobs for programs: the options of a job file as a value.
 *
 * @module
 */
import { mergeJob } from "./load.ts";
import type { Job } from "./schema.ts";

/** Options under the keys of a job file; what is left out has its default. */
export type JobOptions = { readonly [K in keyof Job]?: Job[K] | undefined };

/**
 * Checks options and fills in the defaults.
 *
 * @example
 * ```ts ignore
 * const job = makeJob({ source: ["web-01.vmdk"], output: "out" });
 * ```
 *
 * @throws {MigrateError} `usage/bad-value`
 */
export function makeJob(options: JobOptions): Job {
  return mergeJob([{ values: options, origin: ({ key }) => key }]).job;
}
