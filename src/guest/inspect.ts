/**
 * Inspection: which filesystems there are, which one is the root, and what the system on it is. It asks the
 * appliance for little (a call that starts a program there costs a tenth of a second under emulation) and
 * reads the answers here.
 *
 * @module
 */
import type { Concern } from "../model/concern.ts";
import type { Guest, GuestFilesystem, GuestKernel, GuestMount } from "../model/guest.ts";
import { readBootEntries } from "./boot_entries.ts";
import { readStates, refuseHibernated } from "./disk_state.ts";
import { listStorage } from "./filesystems.ts";
import type { GuestFiles } from "./files.ts";
import type { LuksKey } from "./luks_keys.ts";
import { mountBelowRoot } from "./mount.ts";
import { readInterfaces } from "./network_map.ts";
import { parseOsRelease } from "./os_release.ts";
import { chooseRoot, findRoots } from "./roots.ts";
import type { GuestSession } from "./session.ts";
import { besideRoot, refuseUnreadable } from "./unreadable.ts";

/** How a guest is inspected. */
export interface InspectOptions {
  /** The root filesystem, where the user names it: a device, or `btrfsvol:/dev/sda1/@`. */
  readonly root?: string;
  /** Keys of encrypted volumes. */
  readonly luksKeys?: readonly LuksKey[];
}

/** What inspection found. */
export interface Inspection {
  /** The guest. */
  readonly guest: Guest;
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
  const concerns = await readStates(session, filesystems);
  const search = await findRoots(session, filesystems, options.root);
  const chosen = chooseRoot(search.scores);
  if (chosen === null) {
    await session.call("umount_all");
    refuseUnreadable(storage, search, options);
    return { guest: unknownGuest(filesystems), concerns };
  }
  if (search.scores.length + search.unmountable.length > 1) {
    await session.call("umount_all");
    await session.call("mount", chosen.device, "/");
  }
  const mounts = await mountBelowRoot(session, chosen.device, files, filesystems);
  const guest = await describe(files, chosen.device, chosen.reason, filesystems, mounts);
  return { guest, concerns: [...concerns, ...besideRoot(chosen, storage, search, options)] };
}

async function describe(
  files: GuestFiles,
  root: string,
  rootReason: string,
  filesystems: readonly GuestFilesystem[],
  mounts: readonly GuestMount[],
): Promise<Guest> {
  const release = parseOsRelease(
    await files.readText("/etc/os-release") ?? await files.readText("/usr/lib/os-release") ?? "",
  );
  const kernels = await readKernels(files);
  const firmware = firmwareOf(mounts, filesystems);
  const hostname = (await files.readText("/etc/hostname") ?? "").trim().split("\n")[0] ?? "";
  return {
    osType: "linux",
    root,
    rootReason,
    distro: release.ID ?? "linux",
    productName: release.PRETTY_NAME ?? release.NAME ?? "Linux",
    version: release.VERSION_ID ?? "",
    arch: await readArch(files),
    hostname,
    filesystems,
    mounts,
    firmware,
    kernels,
    bootEntries: await readBootEntries(files, firmware),
    interfaces: await readInterfaces(files),
  };
}

/** BIOS, unless the system mounts an EFI system partition. */
function firmwareOf(
  mounts: readonly GuestMount[],
  filesystems: readonly GuestFilesystem[],
): "bios" | "uefi" {
  const esp = mounts.find(({ path }) => ["/boot/efi", "/efi", "/boot"].includes(path));
  return filesystems.some((one) => one.device === esp?.device && one.type === "vfat") ? "uefi" : "bios";
}

async function readKernels(files: GuestFiles): Promise<GuestKernel[]> {
  const releases = await files.list("/lib/modules");
  const images = await files.list("/boot");
  const fromImages = images.flatMap((name) => /^vmlinu[xz]-(.+)$/.exec(name)?.[1] ?? []);
  const all = [...new Set([...releases, ...fromImages])].toSorted();
  return all.map((release) => ({ release, hasModules: releases.includes(release) }));
}

/** Loaders of the dynamic linker tell the machine type without reading a program. */
const LOADERS: readonly (readonly [path: string, arch: string])[] = [
  ["/lib64/ld-linux-x86-64.so.2", "x86_64"],
  ["/lib/ld-linux-aarch64.so.1", "aarch64"],
  ["/lib/ld-linux.so.2", "i686"],
];

async function readArch(files: GuestFiles): Promise<string> {
  for (const [path, arch] of LOADERS) if (await files.exists(path)) return arch;
  return "unknown";
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
