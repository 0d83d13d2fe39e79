/**
 * Mounting a guest as its own fstab says, with the guest's device names turned into the appliance's.
 *
 * @module
 */
import type { GuestFilesystem, GuestMount } from "../model/guest.ts";
import { MigrateError } from "../model/error.ts";
import { parseCrypttab, resolveDevice } from "./devices.ts";
import { guestfsFailure } from "./failure.ts";
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

/** What has to be mounted for the fixes: where kernels, modules, programs and configuration live. */
const NEEDED = /^\/(?:boot|boot\/efi|efi|usr|var|etc|lib)$/;

/**
 * Mounts what the root's fstab puts below it and the fixes need, shortest path first; the root is mounted
 * already. A device that fstab names and no disk has is passed over: the fstab fix reports it.
 *
 * @throws {MigrateError} `guestfs/failed` when one of them cannot be mounted, `guest/unsupported` when one can
 * only be read
 */
export async function mountBelowRoot(
  session: GuestSession,
  root: string,
  files: GuestFiles,
  filesystems: readonly GuestFilesystem[],
): Promise<GuestMount[]> {
  const mounts: GuestMount[] = [{ device: root, path: "/" }];
  await requireWritable(session, root, "/");
  const fstab = await files.readText("/etc/fstab") ?? "";
  const crypttab = parseCrypttab(await files.readText("/etc/crypttab") ?? "");
  const entries = parseFstab(fstab).filter(({ path }) => NEEDED.test(path));
  for (const { spec, path, options } of entries.toSorted((a, b) => a.path.length - b.path.length)) {
    const filesystem = resolveDevice(spec, filesystems, crypttab);
    if (filesystem === undefined) continue;
    const { device } = filesystem;
    const subvolume = options.filter((option) => option.startsWith("subvol")).join(",");
    try {
      await session.call("mount_options", subvolume, device, path);
    } catch (error) {
      throw guestfsFailure(error, `mount ${device} on ${path}, as the guest's fstab says`, "inspect");
    }
    await requireWritable(session, device, path);
    mounts.push({ device, path });
  }
  return mounts;
}

/** statvfs(3): the filesystem is mounted read-only. */
const ST_RDONLY = 1;

async function requireWritable(session: GuestSession, device: string, path: string): Promise<void> {
  const { flag } = await session.call("statvfs", path);
  if ((flag & ST_RDONLY) === 0) return;
  throw new MigrateError("guest/unsupported", `Cannot change the guest: ${device} on ${path} is read-only.`, {
    stage: "inspect",
    hint:
      "Its filesystem has errors, or a feature that the appliance's kernel cannot write: check it in the source VM.",
  });
}
