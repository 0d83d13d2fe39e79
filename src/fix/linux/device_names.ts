/**
 * Finds a name for a block device that stays the same on KVM, where `/dev/sda` becomes `/dev/vda` and the
 * paths and serial numbers of VMware's controllers are gone.
 *
 * @module
 */
import { splitSubvolume } from "../../guest/devices.ts";
import type { Guest, GuestFilesystem } from "../../model/guest.ts";

/** Kinds of lasting names, in order of preference. */
export type NameKind = "uuid" | "partuuid" | "label";

/** What is to become of a device name. */
export type DeviceName =
  /** It means the same device on KVM. */
  | { readonly kind: "stable"; readonly reason: string }
  /** It is replaced. */
  | { readonly kind: "changes"; readonly to: string; readonly filesystem: GuestFilesystem }
  /** It will not mean that device any more, and nothing better is known. */
  | { readonly kind: "unresolved"; readonly reason: string }
  /** It names no block device: tmpfs, NFS, a file. */
  | { readonly kind: "other" };

/** What of a guest is needed to name devices. */
export type Devices = Pick<Guest, "filesystems" | "root">;

/** Names of disks that depend on driver and order: SCSI, IDE, Xen, virtio. */
const LETTERED = /^\/dev\/(?:sd|hd|xvd|vd)([a-z]{1,2})(\d*)$/;
/** The same for NVMe. */
const NVME = /^\/dev\/nvme(\d+)n1(?:p(\d+))?$/;
/** Links that udev makes from the place of a disk, or from its serial number. */
const BY_HARDWARE = /^\/dev\/disk\/by-(?:path|id|diskseq)\/(.+?)(?:-part(\d+))?$/;
/** Links by-id that are made from content, and last. */
const BY_CONTENT = /^\/dev\/disk\/by-id\/(?:dm-name-|dm-uuid-|md-uuid-|md-name-|lvm-pv-uuid-)/;
const DEFAULT_ORDER: readonly NameKind[] = ["uuid", "partuuid", "label"];

/** Decides about one device name, as fstab or a kernel command line has it. */
export function stableName(
  spec: string,
  devices: Devices,
  order: readonly NameKind[] = DEFAULT_ORDER,
): DeviceName {
  if (/^(PART)?(UUID|LABEL)=/i.test(spec)) {
    return { kind: "stable", reason: `${spec} does not depend on the disk's name` };
  }
  if (!spec.startsWith("/dev/")) return { kind: "other" };
  const lasting = lastingPath(spec);
  if (lasting !== null) return { kind: "stable", reason: lasting };
  const device = spec === "/dev/root"
    ? splitSubvolume(devices.root).device
    : devices.filesystems.some((one) => one.links !== undefined)
    ? runningDevice(spec, devices.filesystems)
    : applianceDevice(spec, devices.filesystems);
  if (device === null) {
    return { kind: "unresolved", reason: `${spec} cannot be matched to one of the disks` };
  }
  return nameOf(device, devices.filesystems, order);
}

/** Why a path lasts; null when it does not. */
function lastingPath(spec: string): string | null {
  if (BY_CONTENT.test(spec) || /^\/dev\/disk\/by-(uuid|label|partuuid|partlabel)\//.test(spec)) {
    return `${spec} is made from the content of the disk`;
  }
  if (/^\/dev\/mapper\/(?!control$)/.test(spec)) return `${spec} is named by the device mapper`;
  if (/^\/dev\/md(\/|_?d?\d)/.test(spec)) return `${spec} is named by the RAID`;
  if (/^\/dev\/(?!disk\/|mapper\/|cciss\/|ida\/|rd\/|block\/)[^/]+\/[^/]+$/.test(spec)) {
    return `${spec} is a logical volume`;
  }
  return null;
}

/** The device that a running guest itself has behind a name. */
function runningDevice(spec: string, filesystems: readonly GuestFilesystem[]): string | null {
  return filesystems.find((one) => one.device === spec || one.links?.includes(spec))?.device ?? null;
}

/** The name that the appliance gives to a device: `/dev/sda` is the first disk, whatever the guest calls it. */
function applianceDevice(spec: string, filesystems: readonly GuestFilesystem[]): string | null {
  const lettered = LETTERED.exec(spec);
  if (lettered !== null) return `/dev/sd${lettered[1]}${lettered[2]}`;
  const nvme = NVME.exec(spec);
  if (nvme !== null) return `/dev/sd${letters(Number(nvme[1]))}${nvme[2] ?? ""}`;
  const hardware = BY_HARDWARE.exec(spec);
  // Which of several disks is meant, only the source's hardware could tell.
  if (hardware === null || diskCount(filesystems) !== 1) return null;
  return `/dev/sda${hardware[2] ?? ""}`;
}

function letters(index: number): string {
  const last = String.fromCharCode(97 + index % 26);
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}

function diskCount(filesystems: readonly GuestFilesystem[]): number {
  return new Set(filesystems.flatMap(({ device }) => /^\/dev\/sd[a-z]+/.exec(device)?.[0] ?? [])).size;
}

function nameOf(
  device: string,
  filesystems: readonly GuestFilesystem[],
  order: readonly NameKind[],
): DeviceName {
  const filesystem = filesystems.find((one) => one.device === device);
  if (filesystem === undefined) {
    return {
      kind: "unresolved",
      reason: `there is no filesystem on ${device} (as the source's disks are numbered)`,
    };
  }
  for (const kind of order) {
    const to = nameByKind(filesystem, filesystems, kind);
    if (to !== null) return { kind: "changes", to, filesystem };
  }
  return { kind: "unresolved", reason: `the filesystem on ${device} has no unique UUID or label` };
}

/** A name of one kind; null when there is none, or another filesystem has it too. */
function nameByKind(
  one: GuestFilesystem,
  all: readonly GuestFilesystem[],
  kind: NameKind,
): string | null {
  const of = (filesystem: GuestFilesystem): string | undefined =>
    kind === "uuid" ? filesystem.uuid : kind === "partuuid" ? filesystem.partUuid : filesystem.label;
  const value = of(one);
  if (value === undefined || value === "" || /[\s"'\\]/.test(value)) return null;
  // The members of one btrfs filesystem share its UUID.
  const isShared = all.some((other) =>
    other !== one && of(other) === value &&
    !(kind === "uuid" && one.type === "btrfs" && other.type === "btrfs")
  );
  return isShared ? null : `${kind.toUpperCase()}=${value}`;
}
