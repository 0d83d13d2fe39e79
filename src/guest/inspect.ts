/**
 * Inspection: which filesystems there are, which one is the root, and what the system on it is. It asks the
 * appliance for little (a call that starts a program there costs a tenth of a second under emulation) and
 * reads the answers here.
 *
 * @module
 */
import { GuestfsError } from "../../ffi/guestfs/mod.ts";
import { MigrateError } from "../model/error.ts";
import type { Guest, GuestFilesystem, GuestKernel, GuestMount } from "../model/guest.ts";
import { readBootEntries } from "./boot_entries.ts";
import { listFilesystems } from "./filesystems.ts";
import type { GuestFiles } from "./files.ts";
import { mountBelowRoot, ROOT_TYPES } from "./mount.ts";
import { readInterfaces } from "./network_map.ts";
import { parseOsRelease } from "./os_release.ts";
import type { GuestSession } from "./session.ts";

/** How much a candidate looks like a root filesystem, and why. */
export interface RootScore {
  /** Device in the appliance. */
  readonly device: string;
  /** Higher is better; 0 is no root. */
  readonly score: number;
  /** What was seen. */
  readonly seen: readonly string[];
}

/** What marks a root filesystem, and how much each mark counts. */
const ROOT_MARKS: readonly (readonly [path: string, points: number])[] = [
  ["/etc/os-release", 4],
  ["/usr/lib/os-release", 4],
  ["/etc/fstab", 2],
  ["/usr/bin", 1],
  ["/lib/modules", 1],
  ["/usr/lib/modules", 1],
];

/** Scores a filesystem as a root by the marks that it has. */
export function scoreRoot(device: string, present: ReadonlySet<string>): RootScore {
  const marks = ROOT_MARKS.filter(([path]) => present.has(path));
  const score = marks.reduce((sum, [, points]) => sum + points, 0);
  // Without a release file it is a data disk that happens to hold /etc/fstab or /usr.
  const isSystem = present.has("/etc/os-release") || present.has("/usr/lib/os-release");
  return { device, score: isSystem ? score : 0, seen: marks.map(([path]) => path) };
}

/**
 * Finds the guest's root among the filesystems, mounts the whole system and describes it. A disk without a
 * Linux root gives a guest of `osType` `unknown` (or `windows`), mounted nowhere. `files` are those of the same
 * session; nothing of them is read before the system is mounted.
 *
 * @throws {MigrateError} `guest/unsupported` when `wantedRoot` holds no system
 */
export async function inspectGuest(
  session: GuestSession,
  files: GuestFiles,
  wantedRoot?: string,
): Promise<Guest> {
  const filesystems = await listFilesystems(session);
  const scores = await scoreRoots(session, filesystems, wantedRoot);
  const best = scores.toSorted((a, b) => b.score - a.score)[0];
  if (best === undefined || best.score === 0) {
    await session.call("umount_all");
    if (wantedRoot !== undefined) {
      throw new MigrateError(
        "guest/unsupported",
        `Cannot use ${wantedRoot} as root: it holds no Linux system.`,
        {
          stage: "inspect",
          hint: `Filesystems: ${
            filesystems.map((one) => `${one.device} (${one.type})`).join(", ") || "none"
          }.`,
        },
      );
    }
    return unknownGuest(filesystems);
  }
  if (scores.length > 1) await session.call("mount", best.device, "/");
  const mounts = await mountBelowRoot(session, best.device, files, filesystems);
  const others = scores.filter((one) => one.score > 0 && one !== best).map((one) => one.device);
  const reason = others.length === 0
    ? `the only root: it has ${best.seen.join(", ")}`
    : `it has ${best.seen.join(", ")}, more than ${others.join(", ")}`;
  return await describe(files, best.device, reason, filesystems, mounts);
}

/** Scores every candidate. The only one stays mounted, read-write: it will be the root, or none is. */
async function scoreRoots(
  session: GuestSession,
  filesystems: readonly GuestFilesystem[],
  wantedRoot: string | undefined,
): Promise<RootScore[]> {
  const candidates = filesystems.filter(({ device, type }) =>
    wantedRoot === undefined ? ROOT_TYPES.has(type) : device === wantedRoot
  );
  const scores: RootScore[] = [];
  for (const { device } of candidates) {
    scores.push(await scoreDevice(session, device, candidates.length === 1));
    if (candidates.length > 1) await session.call("umount_all");
  }
  return scores;
}

async function scoreDevice(session: GuestSession, device: string, writable: boolean): Promise<RootScore> {
  try {
    await session.call(writable ? "mount" : "mount_ro", device, "/");
  } catch (error) {
    if (!(error instanceof GuestfsError)) throw error;
    // A filesystem that cannot be mounted is no root; if it was one, the report says that none was found.
    return { device, score: 0, seen: [] };
  }
  const present = new Set<string>();
  for (const [path] of ROOT_MARKS) if (await session.call("exists", path)) present.add(path);
  return scoreRoot(device, present);
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
