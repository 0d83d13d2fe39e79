/**
 * Mounting a guest as its own fstab says, with the guest's device names turned into the appliance's.
 *
 * @module
 */
import type { GuestFilesystem, GuestMount } from "../model/guest.ts";
import type { GuestFiles } from "./files.ts";
import type { GuestSession } from "./session.ts";

/** Filesystems that a Linux root can be on. */
export const ROOT_TYPES: ReadonlySet<string> = new Set([
  "ext2",
  "ext3",
  "ext4",
  "xfs",
  "btrfs",
  "f2fs",
  "jfs",
]);

/** One entry of fstab(5). */
export interface FstabEntry {
  /** First field. */
  readonly spec: string;
  /** Second field. */
  readonly path: string;
  /** Third field. */
  readonly type: string;
  /** Fourth field, split at commas. */
  readonly options: readonly string[];
}

/** Reads fstab; `\040` and the like become the characters they stand for. */
export function parseFstab(text: string): FstabEntry[] {
  return text.split("\n").flatMap((line) => {
    const [spec, path, type, options] = line.trim().split(/\s+/).map(unescapeOctal);
    if (spec === undefined || spec === "" || spec.startsWith("#") || path === undefined) return [];
    return [{ spec, path, type: type ?? "auto", options: (options ?? "defaults").split(",") }];
  });
}

function unescapeOctal(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

/**
 * The filesystem that an fstab or root= device names, in the appliance. `/dev/hda1`, `/dev/xvda1` and
 * `/dev/vda1` are the first disk as well.
 */
export function resolveDevice(
  spec: string,
  filesystems: readonly GuestFilesystem[],
): GuestFilesystem | undefined {
  const tag = /^(UUID|LABEL|PARTUUID)="?([^"]*)"?$/.exec(spec);
  if (tag !== null) {
    const [, key, value = ""] = tag;
    return filesystems.find((one) =>
      key === "LABEL"
        ? one.label === value
        : (key === "UUID" ? one.uuid : one.partUuid)?.toLowerCase() === value.toLowerCase()
    );
  }
  const byUuid = /^\/dev\/disk\/by-uuid\/(.+)$/.exec(spec)?.[1];
  if (byUuid !== undefined) return filesystems.find((one) => one.uuid === byUuid);
  const mapped = /^\/dev\/mapper\/(.+)$/.exec(spec)?.[1];
  // The device mapper doubles the dashes of volume group and logical volume names.
  const volume = mapped === undefined ? null : /^((?:[^-]|--)+)-((?:[^-]|--)+)$/.exec(mapped);
  const wanted = volume === null
    ? spec.replace(/^\/dev\/(?:hd|xvd|vd)([a-z]+\d*)$/, "/dev/sd$1")
    : `/dev/${volume[1]?.replaceAll("--", "-")}/${volume[2]?.replaceAll("--", "-")}`;
  return filesystems.find((one) => one.device === wanted);
}

/** What has to be mounted for the fixes: where kernels, modules, programs and configuration live. */
const NEEDED = /^\/(?:boot|boot\/efi|efi|usr|var|etc|lib)$/;

/**
 * Mounts what the root's fstab puts below it and the fixes need, shortest path first; the root is mounted
 * already. A device that fstab names and no disk has is passed over: the fstab fix reports it.
 */
export async function mountBelowRoot(
  session: GuestSession,
  root: string,
  files: GuestFiles,
  filesystems: readonly GuestFilesystem[],
): Promise<GuestMount[]> {
  const mounts: GuestMount[] = [{ device: root, path: "/" }];
  const entries = parseFstab(await files.readText("/etc/fstab") ?? "").filter(({ path }) =>
    NEEDED.test(path)
  );
  for (const entry of entries.toSorted((a, b) => a.path.length - b.path.length)) {
    const filesystem = resolveDevice(entry.spec, filesystems);
    if (filesystem === undefined) continue;
    const options = entry.options.filter((option) => option.startsWith("subvol")).join(",");
    await session.call("mount_options", options, filesystem.device, entry.path);
    mounts.push({ device: filesystem.device, path: entry.path });
  }
  return mounts;
}
