/**
 * Preflight rule: virt-v2v is there, starts and is new enough, when the job wants it.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import { readFeatures } from "../v2v/features.ts";
import type { Finding, PreflightRule } from "./rule.ts";

/** Stops when virt-v2v is wanted and cannot be used. */
export const virtV2v: PreflightRule = {
  id: "host/virt-v2v",
  async check({ job }): Promise<Finding | null> {
    if (!job.use_v2v && !job.post_v2v) return null;
    try {
      await readFeatures();
      return null;
    } catch (error) {
      if (!(error instanceof MigrateError) || error.code !== "tool/missing") throw error;
      const hint = error.hint === undefined ? {} : { hint: error.hint };
      return { id: "host/virt-v2v", severity: "critical", code: error.code, message: error.message, ...hint };
    }
  },
};
