/**
 * The inside view for disks that an earlier run has finished: that run's overlays are gone, so new ones are put on
 * the disks themselves.
 *
 * @module
 */
import { CachedFiles } from "../../guest/cached_files.ts";
import { GuestfsFiles } from "../../guest/guestfs_files.ts";
import { inspectGuest } from "../../guest/inspect.ts";
import { readLuksKeys } from "../../guest/luks_keys.ts";
import { expectedView, makeProbeOverlays } from "../../verify/probe_overlay.ts";
import { type Findings, type Migration, need } from "../migration.ts";
import { openDisks } from "./open.ts";

/**
 * Makes the overlays; nothing when this run has opened the guest itself, or when it cannot report. What virt-v2v or a
 * plugin's converter made is opened once more.
 */
export async function probeOfFinished(migration: Migration): Promise<Findings["probe"]> {
  const { job, signal } = migration;
  const isOpened = migration.found.session !== undefined && migration.found.v2vMachine === undefined &&
    job.converter === undefined;
  if (isOpened || need(migration, "guest").osType !== "linux") return undefined;
  const disks = need(migration, "outputs").map((disk) => ({ ...disk, image: disk.path, files: [disk.path] }));
  const { session, qmpSocket } = (await openDisks(migration, disks)).found;
  try {
    // Mounts the guest as it is after the fixes.
    const { guest } = await inspectGuest(session, new CachedFiles(new GuestfsFiles(session)), {
      ...(job.root === undefined ? {} : { root: job.root }),
      luksKeys: await readLuksKeys(job.luks_key),
    });
    const expected = await expectedView(session, guest, need(migration, "nics"));
    await session.call("umount_all");
    if (expected === null) return undefined;
    const workDir = await migration.workDir();
    const overlays = await makeProbeOverlays({ session, qmpSocket, guest, expected, workDir, signal });
    return { overlays, expected };
  } finally {
    await session.close();
  }
}
