/**
 * Preflight rule: there is room for the outputs and for the overlays on the same storage.
 *
 * @module
 */
import { statfs } from "node:fs/promises";
import { measure } from "../disk/qemu_img.ts";
import type { SourceDisk } from "../model/disk.ts";
import { existingParent } from "./existing_parent.ts";
import type { Finding, PreflightRule } from "./rule.ts";

/** Room for overlays, logs and reports, in bytes: fixes write a few MiB, the boot proof some tens. */
const OVERHEAD_BYTES = 256 * 1024 ** 2;

/** Bytes that the outputs and the work folder will take: by allocated size, never by virtual size. */
export async function neededBytes(disks: readonly SourceDisk[]): Promise<number> {
  let needed = OVERHEAD_BYTES;
  for (const disk of disks) needed += await measure(disk.image, disk.format);
  return needed;
}

/** Bytes free for this user on the storage of a path. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(await existingParent(path));
  return Number(bavail) * Number(bsize);
}

const gib = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;

/** Stops when the output does not fit. */
export const freeSpace: PreflightRule = {
  id: "space/output",
  async check({ outputDir, source, isWritten }): Promise<Finding | null> {
    if (isWritten === true) return null;
    const needed = await neededBytes(source.disks);
    const free = await freeBytes(outputDir);
    if (free >= needed) return null;
    return {
      id: "space/output",
      severity: "critical",
      code: "space/full",
      message: `Cannot write to ${outputDir}: ${gib(needed)} are needed, ${gib(free)} are free.`,
      hint: "Free some space or choose another folder with -o.",
    };
  },
};
