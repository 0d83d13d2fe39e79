/**
 * Step `fix`: what keeps the guest from booting on KVM is changed, on the overlay.
 *
 * @module
 */
import { writeSeedIso } from "../../disk/seed_iso.ts";
import { applyChanges } from "../../fix/apply.ts";
import { blockedBy } from "../../fix/blocked.ts";
import type { FixOptions, FixPlan } from "../../fix/fix.ts";
import { seedFiles } from "../../fix/linux/cloud_seed.ts";
import { guestWithDhcp } from "../../fix/linux/network_dhcp.ts";
import { planFixes } from "../../fix/plan_fixes.ts";
import { LINUX_FIXES } from "../../fix/registry.ts";
import { checkFilesystems, judgeChecks } from "../../guest/check_filesystems.ts";
import {
  growContent,
  type GrowPlan,
  growthChanges,
  planGrowth,
  volumeGroups,
} from "../../guest/grow/grow_content.ts";
import { trimGuest } from "../../guest/trim.ts";
import { type Change, withoutSecrets } from "../../model/change.ts";
import type { Concern } from "../../model/concern.ts";
import type { ExpectedView } from "../../verify/inside_report.ts";
import { expectedView, makeProbeOverlays } from "../../verify/probe_overlay.ts";
import { type Findings, type Migration, need, type StepResult, vmName } from "../migration.ts";
import { seedIsoPath } from "../outputs.ts";
import { fixOptions } from "./fix_options.ts";

/** Plans the fixes and, unless only planning, makes them; closes the appliance. */
export async function fixGuest(migration: Migration): Promise<StepResult> {
  const { job, mode, signal } = migration;
  const session = need(migration, "session");
  const options = await fixOptions(job);
  const plan = await planFixes(
    {
      guest: need(migration, "guest"),
      files: need(migration, "files"),
      nics: need(migration, "nics"),
      options,
      workDir: await migration.workDir(),
      signal,
    },
    [...LINUX_FIXES, ...migration.plugins.fixes],
    job.skip_fix,
  );
  const blocked = blockedBy(plan.concerns);
  if (mode === "convert" && blocked !== null) throw blocked;
  const growth = await planGuestGrowth(migration);
  const written = mode === "convert"
    ? await write(migration, plan, growth.plan)
    : { added: [], found: {}, concerns: [] };
  await session.close();
  const iso = mode === "convert" ? await writeIso(migration, options) : {};
  const changes = [...plan.changes, ...growth.changes, ...written.added];
  const files = new Set(changes.map((change) => change.path)).size;
  return {
    found: { changes: withoutSecrets(changes), leftAlone: plan.leftAlone, ...written.found, ...iso },
    concerns: [...plan.concerns, ...growth.plan.concerns, ...written.concerns],
    summary: files === 0 ? "nothing to change" : files === 1 ? "1 file" : `${files} files`,
  };
}

/** What is enlarged with the disk of --resize. */
async function planGuestGrowth(
  migration: Migration,
): Promise<{ readonly plan: GrowPlan; readonly changes: readonly Change[] }> {
  const { grown } = migration.found;
  if (grown === undefined) return { plan: { steps: [], concerns: [] }, changes: [] };
  const session = need(migration, "session");
  const guest = need(migration, "guest");
  const plan = planGrowth(grown.device, guest, await volumeGroups(session, guest));
  return { plan, changes: await growthChanges(session, grown, plan) };
}

/** What came of writing. */
interface Written {
  /** Changes that came up while the others were made. */
  readonly added: readonly Change[];
  readonly found: Findings;
  readonly concerns: readonly Concern[];
}

/** Makes the changes; for the boot proof, also the overlays that carry its inside view. */
async function write(migration: Migration, plan: FixPlan, growth: GrowPlan): Promise<Written> {
  const { job, signal } = migration;
  const session = need(migration, "session");
  const guest = need(migration, "guest");
  const workDir = await migration.workDir();
  const { mounts, filesystems } = guest;
  const added = await applyChanges(session, plan.changes, { backup: job.backup, mounts, signal, workDir });
  const concerns = await trimGuest(session, mounts);
  // virt-v2v would change the disks below the overlays of the inside view.
  const expected = job.boot_proof && !job.post_v2v ? await promisedView(migration) : null;
  await session.call("umount_all");
  await growContent(session, growth);
  if (job.check_filesystems) {
    judgeChecks(need(migration, "checks"), await checkFilesystems(session, filesystems));
  }
  if (expected === null) return { added, found: {}, concerns };
  const qmpSocket = need(migration, "qmpSocket");
  const overlays = await makeProbeOverlays({ session, qmpSocket, guest, expected, workDir, signal });
  return { added, found: { probe: { overlays, expected } }, concerns };
}

/** Writes the image with data for cloud-init, where it goes beside the disks. */
async function writeIso(
  migration: Migration,
  { cloudInit }: FixOptions,
): Promise<Pick<Findings, "seedIso">> {
  if (cloudInit?.place !== "iso") return {};
  const seedIso = seedIsoPath(migration.outputDir, vmName(migration));
  const files = seedFiles(cloudInit.seed, need(migration, "guest").hostname);
  await writeSeedIso(files, seedIso, await migration.workDir(), migration.signal);
  return { seedIso };
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
