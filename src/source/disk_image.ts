/**
 * Disk images in one file whose magic number says what they are, and raw disks, told by a partition table or
 * a filesystem.
 *
 * @module
 */
import { resolve } from "@std/path";
import { checkSource, imageInfo } from "../disk/qemu_img.ts";
import type { DiskFormat, SourceDisk } from "../model/disk.ts";
import { MigrateError } from "../model/error.ts";
import type { FoundMachine, InputHead, Source, SourceContext } from "./source.ts";
import { windowImage } from "./input/window.ts";

/** A byte sequence at an offset. */
interface Magic {
  readonly offset: number;
  readonly bytes: readonly number[];
}

function text(offset: number, value: string): Magic {
  return { offset, bytes: [...value].map((character) => character.charCodeAt(0)) };
}

/** What the first bytes of a raw disk can show: a partition table, or a filesystem without one. */
const RAW_MAGICS: readonly Magic[] = [
  { offset: 510, bytes: [0x55, 0xaa] }, // MBR signature
  text(512, "EFI PART"), // GPT header, UEFI specification 5.3.2
  { offset: 1080, bytes: [0x53, 0xef] }, // ext2-4 superblock
  text(0, "XFSB"),
  text(0x10040, "_BHRfS_M"), // btrfs superblock
  // LVM physical volume: in any of the first four sectors (lvm2, lib/format_text/layout.h).
  ...[0, 512, 1024, 1536].map((offset) => text(offset, "LABELONE")),
  text(0, "LUKS\xba\xbe"),
];

function has(bytes: Uint8Array, magic: Magic): boolean {
  return magic.bytes.every((byte, index) => bytes[magic.offset + index] === byte);
}

/**
 * Describes and checks an image that qemu opens.
 *
 * @throws {MigrateError} `source/damaged`, or `source/unsupported` for an image from an archive that names
 * other files
 */
export async function describeImage(
  format: DiskFormat,
  { path, inside, bytes }: InputHead,
  { signal, depth }: SourceContext,
  detail?: string,
): Promise<FoundMachine> {
  const image = inside === undefined ? resolve(path) : windowImage(inside, format);
  // Before qemu opens it: a foreign image could name any file of the host as its backing file.
  if (depth > 0 && format === "qcow2") refuseReferences(path, bytes);
  const info = await asDamage(path, format, imageInfo(image, format, signal));
  await asDamage(path, format, checkSource(image, format, signal));
  const disk: SourceDisk = {
    path,
    image,
    format,
    virtualSizeBytes: info.virtualSizeBytes,
    allocatedSizeBytes: info.allocatedSizeBytes,
    files: [path],
    ...(detail === undefined ? {} : { detail }),
  };
  return { disks: [disk] };
}

/** qemu names what is not a plain file by its whole description; a person wants the file. */
export async function asDamage<T>(path: string, format: DiskFormat, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof MigrateError) || !error.message.includes("json:")) throw error;
    const reason = error.message.split(": ").at(-1) ?? "it cannot be opened";
    throw new MigrateError("source/damaged", `Cannot read ${path} as ${format}: ${reason}`, {
      hint: "Copy or export the disk again: the file is incomplete or changed on the way.",
      cause: error,
    });
  }
}

/** Whether a qcow2 has a backing file or a data file (docs/interop/qcow2.txt, "Header"). */
export function namesOtherFiles(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 80) return false;
  const hasBackingFile = view.getBigUint64(8) !== 0n;
  const hasDataFile = view.getUint32(4) >= 3 && (view.getBigUint64(72) & 4n) !== 0n;
  return hasBackingFile || hasDataFile;
}

function refuseReferences(path: string, bytes: Uint8Array): void {
  if (!namesOtherFiles(bytes)) return;
  throw new MigrateError("source/unsupported", `Cannot read ${path}: a disk in it needs another file.`, {
    hint: "Unpack the archive by hand if you trust it, and name the disk inside.",
  });
}

function diskImage(kind: string, format: DiskFormat, title: string, magics: readonly Magic[]): Source {
  return {
    kind,
    title,
    inPlace: true,
    matches: (head) => magics.some((magic) => has(head.bytes, magic)),
    read: (head, context) => describeImage(format, head, context),
  };
}

/** The kinds with one file and one magic number, but for raw. */
export const DISK_IMAGES: readonly Source[] = [
  diskImage("qcow2", "qcow2", "QEMU disk (qcow2)", [text(0, "QFI\xfb")]),
  diskImage("vdi", "vdi", "VirtualBox disk (VDI)", [{ offset: 0x40, bytes: [0x7f, 0x10, 0xda, 0xbe] }]),
];

/** Raw disks; tried last, because a guest's own bytes decide there. */
export const raw: Source = diskImage("raw", "raw", "raw disk", RAW_MAGICS);
