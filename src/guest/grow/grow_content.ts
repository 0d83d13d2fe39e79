/**
 * Enlarges what lies in an enlarged partition: physical volume, logical volume, filesystem. Filesystems grow while
 * they are mounted, so that the kernel that wrote them last has replayed their journals.
 *
 * @module
 */
import type { Concern } from "../../model/concern.ts";
import type { SizeChange } from "../../model/change.ts";
import type { Guest, GuestFilesystem } from "../../model/guest.ts";
import { splitSubvolume } from "../devices.ts";
import { guestfsFailure } from "../failure.ts";
import type { GuestSession } from "../session.ts";
import { applianceShell, deviceWord } from "../shell.ts";
import type { GrownDevice } from "./grow_partition.ts";

const FIX_ID = "resize";

/** One thing to enlarge. */
export interface GrowStep {
  /** What it is. */
  readonly kind: "physical volume" | "logical volume" | "filesystem";
  /** Its device in the appliance. */
  readonly device: string;
  /** Type of a filesystem, as blkid names it. */
  readonly type: string;
}

/** What has to be enlarged, from the outside in, and what stands in the way. */
export interface GrowPlan {
  /** In the order to do it. */
  readonly steps: readonly GrowStep[];
  /** Where it ends early, and why. */
  readonly concerns: readonly Concern[];
}

/** Filesystems that grow. */
const GROWS = /^(ext[234]|xfs|btrfs)$/;

/**
 * Plans what is enlarged in a device. Of the volumes of a group the root's grows; in another group the new extents
 * stay free.
 *
 * @param groups volume group by physical volume
 */
export function planGrowth(
  device: string,
  guest: Pick<Guest, "filesystems" | "root">,
  groups: ReadonlyMap<string, string>,
): GrowPlan {
  const content = innermost(device, guest.filesystems);
  if (content === undefined) return { steps: [], concerns: [stopped(device, "what it holds is not known")] };
  if (content.type !== "LVM2_member") return fill(content);
  const pv: GrowStep = { kind: "physical volume", device: content.device, type: content.type };
  const root = splitSubvolume(guest.root).device;
  const group = groups.get(content.device);
  const volume = guest.filesystems.find((one) => one.device === root);
  if (group === undefined || volume === undefined || !root.startsWith(`/dev/${group}/`)) {
    const reason = `the new space is free in the volume group ${
      group ?? "of that volume"
    }, which has no root`;
    return { steps: [pv], concerns: [stopped(content.device, reason)] };
  }
  const lv: GrowStep = { kind: "logical volume", device: root, type: volume.type };
  const inner = fill(volume);
  return { steps: [pv, lv, ...inner.steps], concerns: inner.concerns };
}

/** What a LUKS volume holds, else the device's own content. */
function innermost(device: string, filesystems: readonly GuestFilesystem[]): GuestFilesystem | undefined {
  const own = filesystems.find((one) => one.device === device);
  if (own?.type !== "crypto_LUKS") return own;
  return filesystems.find((one) => one.within === device && one.device.startsWith("/dev/mapper/luks-"));
}

function fill({ device, type }: GuestFilesystem): GrowPlan {
  if (GROWS.test(type)) return { steps: [{ kind: "filesystem", device, type }], concerns: [] };
  return { steps: [], concerns: [stopped(device, `it holds ${type}, which cannot grow`)] };
}

function stopped(device: string, reason: string): Concern {
  return {
    id: "resize/not-filled",
    severity: "warning",
    message: `${device} is larger, and what is in it was not enlarged: ${reason}.`,
    hint: "Use the free space in the guest.",
  };
}

/** Which volume group each physical volume belongs to; empty without LVM. */
export async function volumeGroups(
  session: GuestSession,
  guest: Guest,
): Promise<ReadonlyMap<string, string>> {
  const groups = new Map<string, string>();
  for (const { device } of guest.filesystems.filter(({ type }) => type === "LVM2_member")) {
    const script = `lvm pvs --noheadings -o vg_name ${deviceWord(device)} 2>/dev/null`;
    const group = (await applianceShell(session, script)).trim();
    if (group !== "") groups.set(device, group);
  }
  return groups;
}

/** The records of a plan. Sizes of volumes are estimates until they are made: LVM rounds to its extents. */
export async function growthChanges(
  session: GuestSession,
  grown: GrownDevice,
  { steps }: GrowPlan,
): Promise<SizeChange[]> {
  const added = grown.afterBytes - grown.beforeBytes;
  const changes = [sizeChange(grown, "partition")];
  for (const { kind, device } of steps.filter((one) => one.kind === "logical volume")) {
    const beforeBytes = await session.call("blockdev_getsize64", device);
    changes.push(sizeChange({ device, beforeBytes, afterBytes: beforeBytes + added }, kind));
  }
  const filesystem = steps.find(({ kind }) => kind === "filesystem");
  if (filesystem === undefined) return changes;
  const outer = changes.at(-1)!;
  return changes.with(-1, { ...outer, why: `${outer.why} Its ${filesystem.type} filesystem fills it.` });
}

function sizeChange({ device, beforeBytes, afterBytes }: GrownDevice, kind: string): SizeChange {
  const why = `The ${kind} takes the space that --resize adds to the disk.`;
  return { kind: "size", fix: FIX_ID, path: device, beforeBytes, afterBytes, why };
}

/**
 * Enlarges what is planned. Nothing is mounted before and after.
 *
 * @throws {MigrateError} `guestfs/failed` naming what could not be enlarged
 */
export async function growContent(session: GuestSession, { steps }: GrowPlan): Promise<void> {
  for (const step of steps) {
    try {
      await growOne(session, step);
    } catch (error) {
      throw guestfsFailure(error, `enlarge the ${step.kind} ${step.device}`, "fix");
    }
  }
}

async function growOne(session: GuestSession, { kind, device, type }: GrowStep): Promise<void> {
  const shell = async (script: string): Promise<string> => await applianceShell(session, script);
  const word = deviceWord(device);
  if (kind === "physical volume") return void await shell(`lvm pvresize ${word}`);
  if (kind === "logical volume") return void await shell(`lvm lvextend -l +100%FREE ${word}`);
  await session.call("mount", device, "/");
  try {
    if (type === "xfs") await shell("xfs_growfs /sysroot");
    else if (type !== "btrfs") await shell(`resize2fs ${word}`);
    else {
      const show = await shell("btrfs filesystem show --raw /sysroot 2>/dev/null");
      const id = btrfsDeviceId(show, (await shell(`echo ${word}`)).trim());
      await shell(`btrfs filesystem resize ${id}:max /sysroot`);
    }
  } finally {
    await session.call("umount_all");
  }
}

/** The number of a device, by the kernel's name, in a btrfs filesystem; the first where it is not listed. */
export function btrfsDeviceId(show: string, device: string): string {
  const rows = [...show.matchAll(/devid\s+(\d+)\s.*\spath\s+(\S+)/g)];
  return (rows.find(([, , path]) => path === device) ?? rows[0])?.[1] ?? "1";
}
