/**
 * Tells from the partition table by which firmware a disk boots, where nothing else is known of its machine.
 *
 * @module
 */
import { join } from "@std/path";
import type { DiskFormat } from "../model/disk.ts";
import { runCommand } from "../run/command.ts";

const SECTOR = 512;
/** Protective MBR, header and 128 entries of 128 bytes (UEFI specification, section 5.3). */
const SECTORS = 34;
/** EFI System Partition, as the GUID lies on disk: the first three groups are little-endian. */
const ESP = "28732ac11ff8d211ba4b00a0c93ec93b";
/** BIOS boot partition, where GRUB lies on a GPT disk that boots by BIOS. */
const BIOS_BOOT = "4861682149646f6e744e656564454649";

/** UEFI for a GPT disk with an EFI System Partition and no BIOS boot partition, BIOS for every other. */
export function firmwareOf(start: Uint8Array): "bios" | "uefi" {
  const signature = new TextDecoder("latin1").decode(start.subarray(SECTOR, SECTOR + 8));
  if (signature !== "EFI PART") return "bios";
  const types = new Set<string>();
  for (let at = 2 * SECTOR; at + 128 <= start.length; at += 128) types.add(hex(start.subarray(at, at + 16)));
  return types.has(ESP) && !types.has(BIOS_BOOT) ? "uefi" : "bios";
}

/**
 * Reads the start of a disk and tells its firmware.
 *
 * @param folder Receives a small file, which is removed again
 */
export async function diskFirmware(
  path: string,
  format: DiskFormat,
  folder: string,
  signal: AbortSignal,
): Promise<"bios" | "uefi"> {
  const start = join(folder, `start-${crypto.randomUUID()}`);
  const sizes = [`bs=${SECTOR}`, `count=${SECTORS}`];
  try {
    const args = ["dd", "-U", "-f", format, "-O", "raw", ...sizes, `if=${path}`, `of=${start}`];
    await runCommand("qemu-img", args, { signal });
    return firmwareOf(await Deno.readFile(start));
  } finally {
    await Deno.remove(start).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
