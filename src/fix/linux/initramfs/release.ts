/**
 * Which kernel release a boot entry starts.
 *
 * @module
 */
import type { BootEntry, Guest } from "../../../model/guest.ts";
import { releasesInTree, type Tree } from "./tree.ts";

/**
 * The release, by the kernel's path (`/boot/vmlinuz-RELEASE`, `/ID/RELEASE/linux`), or by the one module
 * directory of the initramfs (`/boot/vmlinuz-linux` of Arch); undefined when neither says it.
 */
export function kernelRelease(guest: Guest, entry: BootEntry, tree: Tree): string | undefined {
  const installed = guest.kernels.map(({ release }) => release).sort((a, b) => b.length - a.length);
  const parts = entry.kernel.split("/");
  const named = installed.find((release) => parts.includes(release) || parts.at(-1)!.endsWith(`-${release}`));
  if (named !== undefined) return named;
  const packed = releasesInTree(tree);
  if (packed.length === 1) return packed[0];
  const versioned = /^(?:vmlinu[xz]|kernel|linux|bzImage)-(\d.*)$/.exec(parts.at(-1)!)?.[1];
  return versioned ?? (installed.length === 1 ? installed[0] : undefined);
}
