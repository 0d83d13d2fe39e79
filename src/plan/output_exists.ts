/**
 * Preflight rule: a finished output is never replaced by accident.
 *
 * @module
 */
import type { Finding, PreflightRule } from "./rule.ts";

/** Stops when an output exists and `--force` is not given. */
export const outputExists: PreflightRule = {
  id: "output/exists",
  async check({ outputs, job, source, own = [] }): Promise<Finding | null> {
    const sources = await Promise.all(source.disks.flatMap((disk) => disk.files).map(identity));
    for (const path of outputs) {
      const id = await identity(path);
      if (id === null) continue;
      if (sources.includes(id)) {
        return {
          id: "output/is-source",
          severity: "critical",
          code: "usage/bad-value",
          message: `Cannot write ${path}: it is the source itself.`,
          hint: "Choose another output folder (-o) or name (--name).",
        };
      }
      if (job.force || own.includes(path) || job.output_device.includes(path)) continue;
      return {
        id: "output/exists",
        severity: "critical",
        code: "usage/output-exists",
        message: `Cannot write ${path}: it exists.`,
        hint: "Use --force to replace it, or another output folder (-o) or name (--name).",
      };
    }
    return null;
  },
};

/** Device and inode: the same file by whatever path. */
async function identity(path: string): Promise<string | null> {
  try {
    const { dev, ino } = await Deno.stat(path);
    return `${dev}:${ino}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}
