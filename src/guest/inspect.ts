/**
 * Inspection: which filesystems there are, which one is the root, and what the system on it is. It asks the
 * appliance for little (a call that starts a program there costs a tenth of a second under emulation) and
 * reads the answers here.
 *
 * @module
 */
import type { Concern } from "../model/concern.ts";
import { checkConcerns, checkFilesystems, type FilesystemCheck } from "./check_filesystems.ts";
import type { Guest, GuestFilesystem } from "../model/guest.ts";
import { describeLinux } from "./describe.ts";
import { readStates, refuseHibernated } from "./disk_state.ts";
import { listStorage } from "./filesystems.ts";
import type { GuestFiles } from "./files.ts";
import type { LuksKey } from "./luks_keys.ts";
import { mountBelowRoot } from "./mount.ts";
import { chooseRoot, findRoots } from "./roots.ts";
import type { GuestSession } from "./session.ts";
import { besideRoot, refuseUnreadable } from "./unreadable.ts";

/** How a guest is inspected. */
export interface InspectOptions {
  /** The root filesystem, where the user names it: a device, or `btrfsvol:/dev/sda1/@`. */
  readonly root?: string;
  /** Keys of encrypted volumes. */
  readonly luksKeys?: readonly LuksKey[];
  /** Whether every filesystem is checked before it is mounted. */
  readonly check?: boolean;
}

/** What inspection found. */
export interface Inspection {
  /** The guest. */
  readonly guest: Guest;
  /** What the checkers say, where they were asked. */
  readonly checks: readonly FilesystemCheck[];
  /** What a person should know of its disks. */
  readonly concerns: readonly Concern[];
}

/**
 * Finds the guest's root among the filesystems, mounts the whole system and describes it. A disk without a
 * Linux root gives a guest of `osType` `unknown` (or `windows`), mounted nowhere. `files` are those of the same
 * session; nothing of them is read before the system is mounted.
 *
 * @throws {MigrateError} `guest/unsupported` when `options.root` holds no system, or when there is no root and
 * something that may hold it cannot be read: encrypted, damaged, hibernated, or with a disk missing
 */
export async function inspectGuest(
  session: GuestSession,
  files: GuestFiles,
  options: InspectOptions = {},
): Promise<Inspection> {
  const storage = await listStorage(session, options.luksKeys);
  const { filesystems } = storage;
  refuseHibernated(filesystems);
  const checks = options.check === true ? await checkFilesystems(session, filesystems) : [];
  const concerns = [...await readStates(session, filesystems), ...checkConcerns(checks)];
  const search = await findRoots(session, filesystems, options.root);
  const chosen = chooseRoot(search.scores);
  if (chosen === null) {
    await session.call("umount_all");
    refuseUnreadable(storage, search, options);
    return { guest: unknownGuest(filesystems), checks, concerns };
  }
  if (search.scores.length + search.unmountable.length > 1) {
    await session.call("umount_all");
    await session.call("mount", chosen.device, "/");
  }
  const mounts = await mountBelowRoot(session, chosen.device, files, filesystems);
  const { device: root, reason: rootReason } = chosen;
  const guest = await describeLinux(files, { root, rootReason, filesystems, mounts });
  return { guest, checks, concerns: [...concerns, ...besideRoot(chosen, storage, search, options)] };
}

function unknownGuest(filesystems: readonly GuestFilesystem[]): Guest {
  const isWindows = filesystems.some((one) => one.type === "ntfs");
  return {
    osType: isWindows ? "windows" : "unknown",
    root: "",
    rootReason: "no filesystem holds a Linux system",
    distro: isWindows ? "windows" : "unknown",
    productName: isWindows ? "Windows (by its NTFS filesystem)" : "unknown",
    version: "",
    arch: "unknown",
    hostname: "",
    filesystems,
    mounts: [],
    firmware: filesystems.some((one) => one.type === "vfat") ? "uefi" : "bios",
    kernels: [],
    bootEntries: [],
    interfaces: [],
  };
}
