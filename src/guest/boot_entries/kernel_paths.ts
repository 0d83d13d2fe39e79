/**
 * Turns the paths of a boot menu, which are relative to the filesystem that the bootloader reads, into
 * paths of the guest.
 *
 * @module
 */
import type { GuestFiles } from "../files.ts";

/** One entry of a menu file, its paths as the file writes them. */
export interface MenuEntry {
  /** Title as the menu shows it; entries of a submenu are `Submenu>Entry`. */
  readonly title: string;
  /** Kernel. */
  readonly kernel: string;
  /** Initramfs images, in load order. */
  readonly initrds: readonly string[];
  /** Kernel command line without the kernel. */
  readonly cmdline: string;
  /** Whether it boots by default. */
  readonly isDefault: boolean;
}

/**
 * The places in the guest where a bootloader's path can be, likeliest first: as written, below the mount
 * point of the boot filesystem, and without the name of a btrfs subvolume (`/@/boot/vmlinuz`).
 */
export function pathCandidates(path: string, mountPoint: string): readonly string[] {
  const bare = `/${path.replace(/^\([^)]*\)/, "").replace(/^\/+/, "")}`;
  const inBoot = bare.indexOf("/boot/");
  const candidates = mountPoint === "/boot"
    ? [bare, `/boot${bare}`]
    : [`${mountPoint}${bare}`, bare, `/boot${bare}`];
  return inBoot > 0 ? [...candidates, bare.slice(inBoot)] : candidates;
}

/** The first place where something is, by the listings of folders; the path as written when nothing is found. */
export async function resolveBootPath(
  files: GuestFiles,
  path: string,
  mountPoint = "/boot",
): Promise<string> {
  const candidates = pathCandidates(path, mountPoint);
  for (const candidate of candidates) {
    const slash = candidate.lastIndexOf("/");
    const names = await files.list(candidate.slice(0, slash) || "/");
    if (names.includes(candidate.slice(slash + 1))) return candidate;
  }
  return candidates[0]!;
}

/** Whether a kernel is a memory test, which boots no system. */
export function isMemoryTest(kernel: string): boolean {
  return /(^|\/)memtest[^/]*$/.test(kernel);
}
