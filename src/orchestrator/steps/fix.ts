/**
 * Step `fix`: what keeps the guest from booting on KVM is changed, on the overlay.
 *
 * @module
 */
import { applyChanges } from "../../fix/apply.ts";
import { guestWithDhcp } from "../../fix/linux/network_dhcp.ts";
import { planFixes } from "../../fix/plan_fixes.ts";
import { LINUX_FIXES } from "../../fix/registry.ts";
import { trimGuest } from "../../guest/trim.ts";
import type { FixPlan } from "../../fix/fix.ts";
import type { ExpectedView } from "../../verify/inside_report.ts";
import { expectedView, makeProbeOverlays } from "../../verify/probe_overlay.ts";
import { type Findings, type Migration, need, type StepResult } from "../migration.ts";

/** Plans the fixes and, unless only planning, makes them; closes the appliance. */
export async function fixGuest(migration: Migration): Promise<StepResult> {
  const { job, mode, signal } = migration;
  const session = need(migration, "session");
  const plan = await planFixes(
    {
      guest: need(migration, "guest"),
      files: need(migration, "files"),
      nics: need(migration, "nics"),
      options: {
        initramfs: job.initramfs,
        networkPolicy: job.network_policy,
        backup: job.backup,
        removeTools: job.remove_vmware_tools,
        installGuestAgent: job.install_guest_agent,
        resetMachineId: job.reset_machine_id,
      },
      workDir: await migration.workDir(),
      signal,
    },
    LINUX_FIXES,
    job.skip_fix,
  );
  const probe = mode === "convert" ? await write(migration, plan) : {};
  await session.close();
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
  const { mounts } = guest;
  const added = await applyChanges(session, plan.changes, { backup: job.backup, mounts, signal, workDir });
  await trimGuest(session, mounts);
  const expected = job.boot_proof ? await promisedView(migration) : null;
  await session.call("umount_all");
  const changes = [...plan.changes, ...added];
  if (expected === null) return { changes };
  const qmpSocket = need(migration, "qmpSocket");
  const overlays = await makeProbeOverlays({ session, qmpSocket, guest, expected, workDir, signal });
  return { changes, probe: { overlays, expected } };
}

/** What the booted guest must show, after the network policy. */
async function promisedView(migration: Migration): Promise<ExpectedView | null> {
  const { job } = migration;
  const guest = need(migration, "guest");
  const isDhcp = job.network_policy === "dhcp" && !job.skip_fix.includes("network-dhcp");
  const promised = isDhcp ? guestWithDhcp(guest) : guest;
  const view = await expectedView(need(migration, "session"), promised, need(migration, "nics"));
  if (view === null || job.network_policy !== "rename") return view;
  return { ...view, interfaces: (view.interfaces ?? []).map(({ name: _name, ...rest }) => rest) };
}
