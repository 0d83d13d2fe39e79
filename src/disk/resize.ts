/**
 * What `--resize` says: which disk, and how large it becomes.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import type { SourceDisk } from "../model/disk.ts";
import { size } from "../ui/size.ts";

/** `[N:]SIZE`: a disk by its number from 1 (default: the first), and `+10G` or `50G`; units are powers of 1024. */
export const RESIZE = /^(?:([1-9]\d*):)?(\+?)([1-9]\d*)([MGT])(?:i?B)?$/i;

/** A disk that becomes larger. */
export interface Resize {
  /** Its index among the source's disks. */
  readonly disk: number;
  /** Its new size in bytes. */
  readonly sizeBytes: number;
}

const UNITS: Readonly<Record<string, number>> = { M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/**
 * The disk and its new size.
 *
 * @throws {MigrateError} `usage/bad-value` for a disk that there is not, or a size that is not larger
 */
export function resizeOf(option: string, disks: readonly Pick<SourceDisk, "virtualSizeBytes">[]): Resize {
  const [, number = "1", plus, count, unit = ""] = RESIZE.exec(option) ?? [];
  const disk = Number(number) - 1;
  const before = disks[disk]?.virtualSizeBytes;
  if (before === undefined) {
    throw unusable(option, `the machine has ${disks.length === 1 ? "1 disk" : `${disks.length} disks`}`);
  }
  const bytes = Number(count) * (UNITS[unit.toUpperCase()] ?? NaN);
  const sizeBytes = plus === "+" ? before + bytes : bytes;
  if (!(sizeBytes > before)) {
    throw unusable(option, `disk ${number} has ${size(before)}, and disks only grow`);
  }
  return { disk, sizeBytes };
}

function unusable(option: string, reason: string): MigrateError {
  return new MigrateError("usage/bad-value", `Cannot use ${option} for --resize: ${reason}.`, {
    hint: "Write --resize +10G or --resize 50G for the first disk, --resize 2:+10G for the second.",
  });
}
