/**
 * Step `preflight`: everything that would fail later is found now, before anything is written.
 *
 * @module
 */
import { blockingError, preflight } from "../../plan/preflight.ts";
import { type Migration, need, type StepResult } from "../migration.ts";
import { outputPaths } from "../outputs.ts";

/** Asks every rule; a critical finding stops a conversion, a plan goes on as far as it can. */
export async function preflightStep(migration: Migration): Promise<StepResult> {
  const { job, mode, outputDir } = migration;
  const source = need(migration, "source");
  const host = await migration.readHost();
  const outputs = outputPaths(outputDir, source, job);
  const concerns = await preflight({
    job,
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
    found: { host },
    concerns,
    summary: host.accelerator === "kvm" ? "KVM" : "emulation (TCG)",
  };
}
