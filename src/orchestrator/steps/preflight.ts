/**
 * Step `preflight`: everything that would fail later is found now, before anything is written.
 *
 * @module
 */
import { blockingError, preflight } from "../../plan/preflight.ts";
import { plannedSpaces } from "../../plan/spaces.ts";
import { type Migration, need, type StepResult } from "../migration.ts";
import { outputPaths } from "../outputs.ts";

/** Asks every rule; a critical finding stops a conversion, a plan goes on as far as it can. */
export async function preflightStep(migration: Migration): Promise<StepResult> {
  const { job, mode, outputDir } = migration;
  const source = need(migration, "source");
  const host = await migration.readHost();
  const outputs = outputPaths(outputDir, source, job);
  // Without qemu-img nothing can be measured, and a rule says so.
  const isExact = host.qemuImg !== null && !(mode === "plan" && job.plan_depth === "host");
  const spaces = await plannedSpaces({ disks: source.disks, job, outputDir, isExact });
  const concerns = await preflight({
    job,
    spaces,
    source,
    host,
    outputDir,
    outputs,
    own: migration.own ?? [],
    isWritten: migration.found.outputs !== undefined,
  });
  const blocked = blockingError(concerns);
  if (blocked !== null && (mode === "convert" || host.libguestfs === null || host.qemuImg === null)) {
    throw blocked;
  }
  return {
    found: { host, spaces },
    concerns,
    summary: host.accelerator === "kvm" ? "KVM" : "emulation (TCG)",
  };
}
