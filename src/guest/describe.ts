/**
 * What a Linux system says of itself in its files: distribution, kernels, boot menu, network.
 *
 * @module
 */
import type { Guest, GuestFilesystem, GuestKernel, GuestMount } from "../model/guest.ts";
import { readBootEntries } from "./boot_entries.ts";
import type { GuestFiles } from "./files.ts";
import { readInterfaces } from "./network_map.ts";
import { readRelease } from "./release_files.ts";

/** What the files do not say. */
export interface GuestStorage extends Pick<Guest, "root" | "rootReason" | "filesystems" | "mounts"> {
  /** The firmware that started the system, where it runs and can tell. */
  readonly firmware?: Guest["firmware"];
}

/** Describes the system whose files these are. */
export async function describeLinux(files: GuestFiles, storage: GuestStorage): Promise<Guest> {
  const kernels = await readKernels(files);
  const firmware = storage.firmware ?? firmwareOf(storage.mounts, storage.filesystems);
  const hostname = (await files.readText("/etc/hostname") ?? "").trim().split("\n")[0] ?? "";
  return {
    osType: "linux",
    root: storage.root,
    rootReason: storage.rootReason,
    ...await readRelease(files),
    arch: await readArch(files),
    hostname,
    filesystems: storage.filesystems,
    mounts: storage.mounts,
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
  const places = mounts.filter(({ path }) => ["/boot/efi", "/efi", "/boot"].includes(path));
  const isVfat = (device: string): boolean =>
    filesystems.some((one) => one.device === device && one.type === "vfat");
  return places.some(({ device }) => isVfat(device)) ? "uefi" : "bios";
}

async function readKernels(files: GuestFiles): Promise<GuestKernel[]> {
  const releases = await files.list("/lib/modules");
  const images = await files.list("/boot");
  const fromImages = images.flatMap((name) => /^vmlinu[xz]-(\d.+)$/.exec(name)?.[1] ?? []);
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
