/**
 * What the sample guests have in common.
 *
 * @module
 */
import type { Guest, GuestFilesystem } from "../../../src/model/guest.ts";
import type { MemoryEntry } from "../memory_files.ts";

/** What a sample is made of. */
export interface Sample {
  /** Name for test titles. */
  readonly name: string;
  /** Filesystems as blkid gives them. */
  readonly filesystems: readonly GuestFilesystem[];
  /** Files. */
  readonly files: Readonly<Record<string, MemoryEntry>>;
  /** Device of the root (default: the filesystem with {@linkcode ROOT_UUID}). */
  readonly root?: string;
  /** What it boots by (default: bios). */
  readonly firmware?: Guest["firmware"];
}

/** UUID of the root filesystem of every sample. */
export const ROOT_UUID = "6a1c1a3e-0f6c-4f0e-9f0e-3d1b6f0a7c11";
/** UUID of the swap area of the samples that have one. */
export const SWAP_UUID = "0b54d6a5-7d7b-4f44-8b53-1f6c2b9d8e22";
/** Root and swap on one disk with an MBR. */
export const MBR_FILESYSTEMS: readonly GuestFilesystem[] = [
  { device: "/dev/sda1", type: "ext4", uuid: ROOT_UUID, label: "root", partUuid: "5f3c9a10-01" },
  { device: "/dev/sda2", type: "swap", uuid: SWAP_UUID, partUuid: "5f3c9a10-02" },
];

/** An environment block of 1024 bytes. */
export function grubenv(...lines: readonly string[]): string {
  return ["# GRUB Environment Block", ...lines, ""].join("\n").padEnd(1024, "#");
}
