/**
 * Step `fix`: what keeps the guest from booting on KVM is changed, on the overlay.
 *
 * @module
 */
import { applyChanges } from "../../fix/apply.ts";
import { planFixes } from "../../fix/plan_fixes.ts";
import { trimGuest } from "../../guest/trim.ts";
import type { FixPlan } from "../../fix/fix.ts";
import { expectedView, makeProbeOverlays } from "../../verify/probe_overlay.ts";
import { type Findings, type Migration, need, type StepResult } from "../migration.ts";

/** Plans the fixes and, unless only planning, makes them; closes the appliance. */
export async function fixGuest(migration: Migration): Promise<StepResult> {
  const { job, mode, signal } = migration;
  const session = need(migration, "session");
  const plan = await planFixes({
    guest: need(migration, "guest"),
    files: need(migration, "files"),
    nics: need(migration, "nics"),
    options: { initramfs: job.initramfs, networkPolicy: "keep", backup: job.backup },
    workDir: await migration.workDir(),
    signal,
  });
  const probe = mode === "convert" ? await write(migration, plan) : {};
  await session[Symbol.asyncDispose]();
  const files = new Set(plan.changes.map((change) => change.path)).size;
  return {
    found: { changes: plan.changes, leftAlone: plan.leftAlone, ...probe },
    concerns: plan.concerns,
    summary: files === 0 ? "nothing to change" : files === 1 ? "1 file" : `${files} files`,
  };
}

/** Makes the changes; for the boot proof, also the overlays that carry its inside view. */
async function write(migration: Migration, plan: FixPlan): Promise<Findings> {
  const { job, signal } = migration;
  const session = need(migration, "session");
  const guest = need(migration, "guest");
  const workDir = await migration.workDir();
  await applyChanges(session, plan.changes, { backup: job.backup, signal });
  await trimGuest(session, guest.mounts);
  const expected = job.boot_proof ? await expectedView(session, guest, need(migration, "nics")) : null;
  await session.call("umount_all");
  if (expected === null) return {};
  const qmpSocket = need(migration, "qmpSocket");
  const overlays = await makeProbeOverlays({ session, qmpSocket, guest, expected, workDir, signal });
  return { probe: { overlays, expected } };
}
