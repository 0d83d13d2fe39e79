/**
 * The options for plugins: a part of the schema.
 *
 * @module
 */
import * as z from "zod";
import { option, path, PIPELINE } from "../option.ts";

/** The options, each with its metadata. */
export const pluginOptions = {
  plugins: option(z.array(path()).default([]), {
    group: "Plugins",
    help:
      "Load a TypeScript or JavaScript module that adds input kinds, fixes, converters or reports; may be repeated.",
    commands: [...PIPELINE, "inspect", "live-fix"],
    flag: "plugin",
    value: "FILE",
    completes: "file",
    fromJobFile: true,
    runsCode: true,
    affects: "disks",
  }),
  converter: option(z.string().min(1).optional(), {
    group: "Plugins",
    help: "Convert the guest with this converter of a plugin instead of the built-in fixes.",
    commands: PIPELINE,
    value: "NAME",
  }),
} as const;

/** The options of this part that exclude or need each other. */
interface PluginJob {
  readonly plugins: readonly string[];
  readonly converter?: string | undefined;
  readonly use_v2v: boolean;
  readonly post_v2v: boolean;
  readonly resize?: string | undefined;
  readonly check_filesystems: boolean;
}

/** What does not go together: the key and the message. */
export function pluginConflicts(job: PluginJob): ["converter", string][] {
  if (job.converter === undefined) return [];
  if (job.plugins.length === 0) return [["converter", "--converter needs --plugin"]];
  const others = [
    [job.use_v2v, "--use-v2v"],
    [job.post_v2v, "--post-v2v"],
    // Both are done with the built-in fixes.
    [job.resize !== undefined, "--resize"],
    [job.check_filesystems, "--check-filesystems"],
  ] as const;
  return others.filter(([isGiven]) => isGiven).map((
    [, flag],
  ) => ["converter", `--converter and ${flag} exclude each other`]);
}
