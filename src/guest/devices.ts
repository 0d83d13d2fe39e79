/**
 * Names of block devices: as a guest's files write them, and as the appliance calls them.
 *
 * @module
 */
import type { GuestFilesystem } from "../model/guest.ts";

/** How libguestfs names a btrfs subvolume: `btrfsvol:/dev/sda1/@`. */
const SUBVOLUME =
  /^btrfsvol:(\/dev\/(?:mapper\/[^/]+|md\/[^/]+|sd[a-z]+\d*|md\d+(?:p\d+)?|[^/]+\/[^/]+))\/(.+)$/;

/** One encrypted volume of crypttab(5). */
export interface CrypttabEntry {
  /** Its name below /dev/mapper. */
  readonly name: string;
  /** The device that is encrypted. */
  readonly spec: string;
}

/** Reads crypttab. */
export function parseCrypttab(text: string): CrypttabEntry[] {
  return text.split("\n").flatMap((line) => {
    const [name, spec] = line.trim().split(/\s+/);
    return name === undefined || name === "" || name.startsWith("#") || spec === undefined
      ? []
      : [{ name, spec }];
  });
}

/** The libguestfs name of a btrfs subvolume. */
export function subvolumeName(device: string, subvolume: string): string {
  return `btrfsvol:${device}/${subvolume}`;
}

/** The block device and, for a btrfs subvolume, its path from the top of the filesystem. */
export function splitSubvolume(name: string): { readonly device: string; readonly subvolume?: string } {
  const [, device, subvolume] = SUBVOLUME.exec(name) ?? [];
  return device === undefined || subvolume === undefined ? { device: name } : { device, subvolume };
}

/**
 * The filesystem that an fstab or root= device names, in the appliance. `/dev/hda1`, `/dev/xvda1` and
 * `/dev/vda1` are the first disk as well; an encrypted volume is found through the guest's crypttab.
 */
export function resolveDevice(
  spec: string,
  filesystems: readonly GuestFilesystem[],
  crypttab: readonly CrypttabEntry[] = [],
): GuestFilesystem | undefined {
  const tag = /^(UUID|LABEL|PARTUUID)="?([^"]*)"?$/.exec(spec);
  if (tag !== null) return byTag(tag[1]!, tag[2]!, filesystems);
  const link = /^\/dev\/disk\/by-(uuid|label|partuuid)\/(.+)$/.exec(spec);
  if (link !== null) return byTag(link[1]!.toUpperCase(), link[2]!, filesystems);
  const mapped = /^\/dev\/mapper\/(.+)$/.exec(spec)?.[1];
  const encrypted = crypttab.find(({ name }) => name === mapped);
  if (encrypted !== undefined) {
    const container = resolveDevice(encrypted.spec, filesystems);
    return filesystems.find(({ within }) => within !== undefined && within === container?.device);
  }
  const wanted = volumePath(mapped) ?? spec.replace(/^\/dev\/(?:hd|xvd|vd)([a-z]+\d*)$/, "/dev/sd$1");
  return filesystems.find((one) => one.device === wanted) ?? onlyArray(spec, filesystems);
}

function byTag(
  key: string,
  value: string,
  filesystems: readonly GuestFilesystem[],
): GuestFilesystem | undefined {
  return filesystems.find((one) =>
    key === "LABEL"
      ? one.label === value
      : (key === "UUID" ? one.uuid : one.partUuid)?.toLowerCase() === value.toLowerCase()
  );
}

/** The device mapper doubles the dashes of volume group and logical volume names. */
function volumePath(mapped: string | undefined): string | undefined {
  const volume = mapped === undefined ? null : /^((?:[^-]|--)+)-((?:[^-]|--)+)$/.exec(mapped);
  if (volume === null) return undefined;
  return `/dev/${volume[1]!.replaceAll("--", "-")}/${volume[2]!.replaceAll("--", "-")}`;
}

/** The appliance may number RAID arrays in another way than the guest: a single one is meant all the same. */
function onlyArray(spec: string, filesystems: readonly GuestFilesystem[]): GuestFilesystem | undefined {
  const arrays = filesystems.filter(({ device }) => device.startsWith("/dev/md"));
  return /^\/dev\/md/.test(spec) && arrays.length === 1 ? arrays[0] : undefined;
}
