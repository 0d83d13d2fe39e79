/**
 * The options of a job: one zod schema from which flags, `--help`, environment variables, job files and
 * completions come. A key here is the key in a job file; `boot_timeout` is `--boot-timeout` as a flag and
 * `HYPER2KVM_BOOT_TIMEOUT` as a variable.
 *
 * @module
 */
import * as z from "zod";
import { option } from "./option.ts";
import { converterConflicts, converterOptions } from "./options/converter.ts";
import { guestOptions } from "./options/guest.ts";
import { hookOptions } from "./options/hooks.ts";
import { inputOptions } from "./options/input.ts";
import { libvirtConflicts, libvirtOptions } from "./options/libvirt.ts";
import { liveConflicts, liveOptions } from "./options/live.ts";
import { outputConflicts, outputOptions } from "./options/output.ts";
import { pluginConflicts, pluginOptions } from "./options/plugins.ts";
import { runOptions } from "./options/run.ts";
import { serviceOptions } from "./options/service.ts";
import { vsphereConflicts, vsphereOptions } from "./options/vsphere.ts";
import { watchOptions } from "./options/watch.ts";

export { type JobCommand, OPTION_GROUPS, type OptionMeta, optionMeta } from "./option.ts";

const shape = {
  ...inputOptions,
  ...vsphereOptions(option),
  ...outputOptions,
  ...guestOptions,
  ...libvirtOptions,
  ...watchOptions,
  ...serviceOptions,
  ...converterOptions,
  ...liveOptions,
  ...hookOptions,
  ...pluginOptions,
  ...runOptions,
} as const;

/** Every option, with defaults. */
export const jobSchema = z.strictObject(shape).superRefine((job, context) => {
  const reject = (key: keyof typeof shape, message: string): void =>
    context.addIssue({ code: "custom", path: [key], message, params: { conflict: true } });
  for (const [key, message] of outputConflicts(job)) reject(key, message);
  for (const [key, message] of libvirtConflicts(job)) reject(key, message);
  for (const [key, message] of converterConflicts(job)) reject(key, message);
  for (const [key, message] of vsphereConflicts(job)) reject(key, message);
  for (const [key, message] of liveConflicts(job)) reject(key, message);
  for (const [key, message] of pluginConflicts(job)) reject(key, message);
  if (job.quiet && job.verbose) reject("quiet", "--quiet and --verbose exclude each other");
});

/**
 * The options of one run, defaults filled in. Paths are as the user gave them; times in seconds. What each
 * means is in the schema alone, which is why documentation tools are asked to pass over the members.
 *
 * @internal
 */
export type Job = (typeof jobSchema)["_zod"]["output"];

/** Keys of a {@linkcode Job}. */
export type JobKey = keyof Job & string;
