/**
 * Disk images in one file whose magic number says what they are, and raw disks, told by a partition table or
 * a filesystem.
 *
 * @module
 */
import { resolve } from "@std/path";
import { checkSource, imageInfo } from "../disk/qemu_img.ts";
import type { DiskFormat } from "../model/disk.ts";
import type { FoundMachine, InputHead, Source, SourceContext } from "./source.ts";

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
  text(512, "LABELONE"), // LVM physical volume, in any of the first four sectors; this one is the default
  text(0, "LUKS\xba\xbe"),
];

function has(bytes: Uint8Array, magic: Magic): boolean {
  return magic.bytes.every((byte, index) => bytes[magic.offset + index] === byte);
}

async function read(format: DiskFormat, head: InputHead, { signal }: SourceContext): Promise<FoundMachine> {
  const info = await imageInfo(head.path, format, signal);
  await checkSource(head.path, format, signal);
  const disk = {
    path: head.path,
    image: resolve(head.path),
    format,
    virtualSizeBytes: info.virtualSizeBytes,
    allocatedSizeBytes: info.allocatedSizeBytes,
    files: [head.path],
  };
  return { disks: [disk] };
}

function diskImage(kind: string, format: DiskFormat, title: string, magics: readonly Magic[]): Source {
  return {
    kind,
    title,
    matches: (head) => magics.some((magic) => has(head.bytes, magic)),
    read: (head, context) => read(format, head, context),
  };
}

/** The cookie of a VHD footer (VHD specification, "Hard Disk Footer Format"); dynamic disks repeat it first. */
const VHD_COOKIE = text(0, "conectix");

const VHD: Source = {
  ...diskImage("vhd", "vpc", "Hyper-V disk (VHD)", []),
  matches: (head) => has(head.bytes, VHD_COOKIE) || has(head.tail, VHD_COOKIE),
};

/** The kinds, raw last because a guest's own bytes decide there. */
export const DISK_IMAGES: readonly Source[] = [
  diskImage("qcow2", "qcow2", "QEMU disk (qcow2)", [text(0, "QFI\xfb")]),
  diskImage("vhdx", "vhdx", "Hyper-V disk (VHDX)", [text(0, "vhdxfile")]),
  diskImage("vdi", "vdi", "VirtualBox disk (VDI)", [{ offset: 0x40, bytes: [0x7f, 0x10, 0xda, 0xbe] }]),
  VHD,
  diskImage("raw", "raw", "raw disk", RAW_MAGICS),
];
