/**
 * The descriptor of a VMware disk: a text that names its extents and its parent, in a file of its own or
 * embedded in a sparse extent.
 *
 * Format: VMware "Virtual Disk Format 5.0", sections "The Descriptor File" and "Hosted Sparse Extents".
 *
 * @module
 */

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
/** What a descriptor file begins with. */
const DESCRIPTOR_START = "# Disk DescriptorFile";
/** How many bytes show whether a file is a VMware disk. */
export const MAGIC_BYTES: number = DESCRIPTOR_START.length;
/** The parent id of a disk that has no parent. */
export const NO_PARENT = "ffffffff";
/** Bytes of a sector, in which sizes are counted. */
export const SECTOR = 512;

const ascii = new TextDecoder("latin1");

/** Whether bytes begin a hosted sparse extent. */
export function isSparse(bytes: Uint8Array): boolean {
  return ascii.decode(bytes.subarray(0, 4)) === SPARSE_MAGIC;
}

/** Whether bytes begin a descriptor file. */
export function isDescriptorFile(bytes: Uint8Array): boolean {
  const start = ascii.decode(bytes.subarray(0, DESCRIPTOR_START.length));
  return start.toLowerCase() === DESCRIPTOR_START.toLowerCase();
}

/** Whether bytes begin a VMware disk of any kind. */
export function isVmdk(bytes: Uint8Array): boolean {
  return isSparse(bytes) || isDescriptorFile(bytes) || ascii.decode(bytes.subarray(0, 4)) === COWD_MAGIC;
}

/**
 * Reads a descriptor, line by line: a space of these expressions is none that ends a line. What it says of a parent is
 * found where qemu finds it, which looks into comments, too: else qemu would open a parent that was never looked at.
 */
export function parseDescriptor(text: string): Descriptor {
  const value = (key: string, start = "^[ \\t]*"): string | undefined =>
    new RegExp(`${start}${key}[ \\t]*=[ \\t]*"?([^"\\r\\n]*)"?`, "mi").exec(text)?.[1]?.trim();
  const extents: Extent[] = [];
  for (
    const line of text.matchAll(
      /^[ \t]*(?:RW|RDONLY|NOACCESS)[ \t]+(\d+)[ \t]+(\w+)(?:[ \t]+"([^"\r\n]*)"(?:[ \t]+(\d+))?)?/gm,
    )
  ) {
    extents.push({
      sectors: Number(line[1]),
      type: line[2] ?? "",
      file: line[3] ?? "",
      offsetSectors: Number(line[4] ?? 0),
    });
  }
  const parentFile = value("parentFileNameHint", "");
  return {
    createType: value("createType") ?? "",
    cid: (value("CID") ?? "").toLowerCase(),
    parentCid: (value("parentCID", "") ?? NO_PARENT).toLowerCase(),
    extents,
    ...(parentFile === undefined || parentFile === "" ? {} : { parentFile }),
  };
}

/** The descriptor in a file's first bytes: the file itself, or embedded at the sector that the header names. */
export function descriptorText(bytes: Uint8Array): string | null {
  if (isDescriptorFile(bytes)) return ascii.decode(bytes);
  if (!isSparse(bytes) || bytes.length < 44) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offset = Number(view.getBigUint64(28, true)) * SECTOR;
  const length = Number(view.getBigUint64(36, true)) * SECTOR;
  if (offset === 0 || offset + length > bytes.length) return null;
  return ascii.decode(bytes.subarray(offset, offset + length)).replace(/\0+$/, "");
}
