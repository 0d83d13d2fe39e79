/**
 * VMware disks: the descriptor is read here to find missing files, qemu-img does the rest.
 *
 * Format: VMware "Virtual Disk Format 5.0", sections "The Descriptor File" and "Hosted Sparse Extents".
 *
 * @module
 */
import { dirname, isAbsolute, join, resolve } from "@std/path";
import { checkSource, imageInfo } from "../disk/qemu_img.ts";
import type { SourceDisk } from "../model/disk.ts";
import { MigrateError } from "../model/error.ts";
import type { FoundMachine, InputHead, Source, SourceContext } from "./source.ts";
import { neededLength } from "./vmdk_sparse.ts";

/** One line of the extent description of a descriptor. */
export interface Extent {
  /** Length in sectors of 512 bytes. */
  readonly sectors: number;
  /** `FLAT`, `SPARSE`, `VMFS`, `VMFSSPARSE`, `ZERO` and so on. */
  readonly type: string;
  /** File name as the descriptor has it; empty for `ZERO`. */
  readonly file: string;
  /** Where the data starts in the file, in sectors. */
  readonly offsetSectors: number;
}

/** What a descriptor says. */
export interface Descriptor {
  /** Such as `monolithicSparse`, `streamOptimized`, `vmfs`. */
  readonly createType: string;
  /** Content id, eight hex digits. */
  readonly cid: string;
  /** Content id of the parent, `ffffffff` when there is none. */
  readonly parentCid: string;
  /** The parent's file, for snapshots. */
  readonly parentFile?: string;
  /** The extents in order. */
  readonly extents: readonly Extent[];
}

/** Hosted sparse extents start with this, little-endian "VMDK". */
const SPARSE_MAGIC = "KDMV";
/** Sparse extents of old ESX hosts. */
const COWD_MAGIC = "COWD";
const DESCRIPTOR_START = "# Disk DescriptorFile";
const NO_PARENT = "ffffffff";
const SECTOR = 512;

const ascii = new TextDecoder("latin1");

/** Reads a descriptor. */
export function parseDescriptor(text: string): Descriptor {
  const value = (key: string): string | undefined =>
    new RegExp(`^\\s*${key}\\s*=\\s*"?([^"\\r\\n]*)"?`, "mi").exec(text)?.[1]?.trim();
  const extents: Extent[] = [];
  for (
    const line of text.matchAll(/^\s*(?:RW|RDONLY|NOACCESS)\s+(\d+)\s+(\w+)(?:\s+"([^"]*)"(?:\s+(\d+))?)?/gm)
  ) {
    extents.push({
      sectors: Number(line[1]),
      type: line[2] ?? "",
      file: line[3] ?? "",
      offsetSectors: Number(line[4] ?? 0),
    });
  }
  const parentFile = value("parentFileNameHint");
  return {
    createType: value("createType") ?? "",
    cid: (value("CID") ?? "").toLowerCase(),
    parentCid: (value("parentCID") ?? NO_PARENT).toLowerCase(),
    extents,
    ...(parentFile === undefined || parentFile === "" ? {} : { parentFile }),
  };
}

/** The descriptor in a file's first bytes: the file itself, or embedded at the sector that the header names. */
export function descriptorText(bytes: Uint8Array): string | null {
  const start = ascii.decode(bytes.subarray(0, DESCRIPTOR_START.length));
  if (start.toLowerCase() === DESCRIPTOR_START.toLowerCase()) return ascii.decode(bytes);
  if (ascii.decode(bytes.subarray(0, 4)) !== SPARSE_MAGIC || bytes.length < 44) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offset = Number(view.getBigUint64(28, true)) * SECTOR;
  const length = Number(view.getBigUint64(36, true)) * SECTOR;
  if (offset === 0 || offset + length > bytes.length) return null;
  return ascii.decode(bytes.subarray(offset, offset + length)).replace(/\0+$/, "");
}

/** Files that must hold their whole length: a short one would read as zeros. */
const FLAT_TYPES: ReadonlySet<string> = new Set(["FLAT", "VMFS"]);

/** Checks that every extent file is there and long enough; returns their paths. */
async function checkExtents(path: string, descriptor: Descriptor): Promise<string[]> {
  const files: string[] = [];
  const missing: string[] = [];
  for (const extent of descriptor.extents) {
    if (extent.file === "") continue;
    const file = isAbsolute(extent.file) ? extent.file : join(dirname(path), extent.file);
    const size = await sizeOf(file);
    if (size === null) missing.push(extent.file);
    else if (FLAT_TYPES.has(extent.type) && size < (extent.offsetSectors + extent.sectors) * SECTOR) {
      const wanted = (extent.offsetSectors + extent.sectors) * SECTOR;
      throw new MigrateError(
        "source/damaged",
        `Cannot read ${path}: its extent ${extent.file} has ${size} bytes, ${wanted} are described.`,
        { hint: "Copy the extent again: it is incomplete." },
      );
    } else files.push(file);
  }
  if (missing.length > 0) {
    const list = missing.join(", ");
    throw new MigrateError("source/damaged", `Cannot read ${path}: its extent ${list} is missing.`, {
      hint: "Put all files of the disk into one folder, beside the descriptor.",
    });
  }
  return files;
}

/** Refuses a sparse extent that was cut off; other files have no grains to miss. */
async function checkComplete(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true });
  const { size } = await file.stat();
  const magic = new Uint8Array(4);
  await file.read(magic);
  if (ascii.decode(magic) !== SPARSE_MAGIC) return;
  const needed = await neededLength(file, size);
  if (needed !== null && needed <= size) return;
  const reason = needed === null
    ? "its header or footer is damaged"
    : `it has ${size} bytes of at least ${needed}`;
  throw new MigrateError("source/damaged", `Cannot read ${path}: ${reason}.`, {
    hint: "Copy or export the disk again: the file is incomplete.",
  });
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function read(head: InputHead, { signal }: SourceContext): Promise<FoundMachine> {
  const text = descriptorText(head.bytes);
  const isDescriptorFile = text !== null && ascii.decode(head.bytes.subarray(0, 4)) !== SPARSE_MAGIC;
  const descriptor = text === null ? null : parseDescriptor(text);
  const extents = descriptor !== null && isDescriptorFile ? await checkExtents(head.path, descriptor) : [];
  if (descriptor !== null && descriptor.parentCid !== NO_PARENT) {
    throw new MigrateError(
      "source/unsupported",
      `Cannot read ${head.path}: it is a snapshot of ${descriptor.parentFile ?? "another disk"}.`,
      { hint: "Consolidate the snapshots in VMware, or export the VM as an OVA." },
    );
  }
  const info = await imageInfo(head.path, "vmdk", signal);
  await checkSource(head.path, "vmdk", signal);
  for (const file of extents.length === 0 ? [head.path] : extents) await checkComplete(file);
  const disk: SourceDisk = {
    path: head.path,
    image: resolve(head.path),
    format: "vmdk",
    virtualSizeBytes: info.virtualSizeBytes,
    allocatedSizeBytes: info.allocatedSizeBytes,
    files: isDescriptorFile ? [head.path, ...extents] : [head.path],
    ...(info.createType === undefined ? {} : { detail: info.createType }),
  };
  return { disks: [disk] };
}

/** VMware disks of every subformat that qemu-img opens. */
export const vmdk: Source = {
  kind: "vmdk",
  title: "VMware disk (VMDK)",
  matches({ bytes }: InputHead): boolean {
    const start = ascii.decode(bytes.subarray(0, DESCRIPTOR_START.length));
    return start.startsWith(SPARSE_MAGIC) || start.startsWith(COWD_MAGIC) ||
      start.toLowerCase() === DESCRIPTOR_START.toLowerCase();
  },
  read,
};
