/**
 * Drops what a guest remembers of its disks and what is wrong on KVM: LVM's list of devices, which would hide
 * every volume, and the caches of LVM and blkid. The guest makes each again where it needs it.
 *
 * @module
 */
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";

const ID = "device-caches";

/** Files that name devices as they were, and what they would do. */
const FILES: readonly (readonly [path: string, why: string])[] = [
  [
    "/etc/lvm/devices/system.devices",
    "LVM looks only at the devices in this list, and knows them by the serial numbers of VMware's disks " +
    "(lvmdevices(8)). Without it LVM looks at all disks; vgimportdevices --all makes it again.",
  ],
  [
    "/etc/lvm/cache/.cache",
    "It holds the names of the old disks; LVM reads the disks themselves without it.",
  ],
  ["/etc/lvm/.cache", "It holds the names of the old disks; LVM reads the disks themselves without it."],
  [
    "/etc/blkid/blkid.tab",
    "It holds the names of the old disks; blkid reads the disks themselves without it.",
  ],
  ["/etc/blkid.tab", "It holds the names of the old disks; blkid reads the disks themselves without it."],
];

async function plan({ files }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  for (const [path, why] of FILES) {
    // In some guests these are links to a place that is made at boot.
    if (await files.readLink(path) !== null) continue;
    await draft.edit(files, { path, before: await files.readText(path), after: null, why });
  }
  return draft.finish();
}

/** Drops LVM's list of devices and the caches of device names. */
export const deviceCaches: Fix = {
  id: ID,
  title: "Drop remembered device names",
  applies: (guest) => guest.osType === "linux",
  plan,
};
