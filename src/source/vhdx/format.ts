/**
 * The structures of a VHDX, as far as they say where the data of a disk are and which disk is below it.
 *
 * Format: MS-VHDX, sections 2.2 (headers, region table), 2.5 (block table) and 2.6 (metadata); little-endian, GUIDs
 * with their first three fields little-endian.
 *
 * @module
 */

/** `vhdxfile`. */
export const SIGNATURE = "vhdxfile";
const KIB = 1024, MIB = 1024 * 1024;
/** Where the two headers are, and how much of each is used. */
export const HEADERS_AT: readonly number[] = [64 * KIB, 128 * KIB];
/** Length of what is used of a header, in bytes. */
export const HEADER_BYTES = 80;
/** Where the two region tables are, and their length in bytes. */
export const REGION_TABLES_AT: readonly number[] = [192 * KIB, 256 * KIB];
/** Length of a region table in bytes. */
export const REGION_TABLE_BYTES: number = 64 * KIB;
/** How much of the metadata region is read, in bytes: all that is defined fits. */
export const METADATA_BYTES: number = MIB;

const BAT_REGION = "6677c22d23f600429d64115e9bfd4a08";
const METADATA_REGION = "06a27c8b90479a4bb8fe575f050f886e";
const FILE_PARAMETERS = "3767a1ca36fa434db3b633f0aa44e76b";
const VIRTUAL_SIZE = "2442a52f1bcd7648b2115dbed83bf4b8";
const SECTOR_SIZE = "1dbf41816fa90947ba47f233a8faab5f";
const PARENT_LOCATOR = "2d5fd3a80bb34d45abf7d3d84834ab0c";
const NO_GUID = "0".repeat(32);
const HAS_PARENT = 2;
const PATH_KEYS: ReadonlySet<string> = new Set(["relative_path", "absolute_win32_path", "volume_path"]);

/** Whether the first bytes are those of a VHDX. */
export function isVhdx(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes.subarray(0, SIGNATURE.length)) === SIGNATURE;
}

/** What is used of a header. */
export interface VhdxHeader {
  /** Grows with every change; the larger one counts. */
  readonly sequence: bigint;
  /** Identity of the contents, which a child knows its parent by: 32 hex digits as GUIDs are written. */
  readonly dataId: string;
  /** Whether there are changes in the log that are not in their places. */
  readonly hasLog: boolean;
}

/** A run of bytes in the file. */
export interface Region {
  /** Where it starts, in bytes. */
  readonly offset: number;
  /** Its length in bytes. */
  readonly length: number;
}

/** The regions that are used. */
export interface VhdxRegions {
  /** The block table. */
  readonly table: Region;
  /** The metadata. */
  readonly metadata: Region;
}

/** What is used of the metadata. */
export interface VhdxMetadata {
  /** Length of a block in bytes. */
  readonly blockBytes: number;
  /** Length of a logical sector in bytes. */
  readonly sectorBytes: number;
  /** The size that the guest sees, in bytes. */
  readonly virtualSizeBytes: number;
  /** What is known of the disk below; null when it stands alone. */
  readonly parent: VhdxParent | null;
}

/** The disk below. */
export interface VhdxParent {
  /** Identities that its contents may have, 32 hex digits. */
  readonly dataIds: readonly string[];
  /** Its paths on the machine that made it. */
  readonly paths: readonly string[];
}

/** Reads a header; null when it is none. */
export function parseHeader(bytes: Uint8Array): VhdxHeader | null {
  if (bytes.length < HEADER_BYTES || ascii(bytes.subarray(0, 4)) !== "head") return null;
  return {
    sequence: viewOf(bytes).getBigUint64(8, true),
    dataId: guid(bytes.subarray(32, 48)),
    hasLog: bytes.slice(48, 64).toHex() !== NO_GUID,
  };
}

/** Reads a region table; null when it is none, or lacks a region. */
export function parseRegions(bytes: Uint8Array): VhdxRegions | null {
  if (ascii(bytes.subarray(0, 4)) !== "regi") return null;
  const region = (id: string): Region | null => {
    const at = find(bytes, id, { first: 16, entryBytes: 32, count: viewOf(bytes).getUint32(8, true) });
    if (at === null) return null;
    const offset = Number(viewOf(bytes).getBigUint64(at + 16, true));
    return Number.isSafeInteger(offset) ? { offset, length: viewOf(bytes).getUint32(at + 24, true) } : null;
  };
  const table = region(BAT_REGION), metadata = region(METADATA_REGION);
  return table === null || metadata === null ? null : { table, metadata };
}

/** Reads the metadata; null when something that every disk has is missing. */
export function parseMetadata(bytes: Uint8Array): VhdxMetadata | null {
  if (bytes.length < 32 || ascii(bytes.subarray(0, 8)) !== "metadata") return null;
  const item = (id: string, length: number): DataView | null => {
    const at = find(bytes, id, { first: 32, entryBytes: 32, count: viewOf(bytes).getUint16(10, true) });
    if (at === null) return null;
    const start = viewOf(bytes).getUint32(at + 16, true);
    const found = bytes.subarray(start, start + viewOf(bytes).getUint32(at + 20, true));
    return found.length < length ? null : viewOf(found);
  };
  const parameters = item(FILE_PARAMETERS, 8), size = item(VIRTUAL_SIZE, 8), sector = item(SECTOR_SIZE, 4);
  if (parameters === null || size === null || sector === null) return null;
  const hasParent = (parameters.getUint32(4, true) & HAS_PARENT) !== 0;
  return {
    blockBytes: parameters.getUint32(0, true),
    sectorBytes: sector.getUint32(0, true),
    virtualSizeBytes: Number(size.getBigUint64(0, true)),
    parent: hasParent ? parseLocator(item(PARENT_LOCATOR, 20)) : null,
  };
}

/** Reads a parent locator: keys and values in UTF-16, placed by a table. */
function parseLocator(view: DataView | null): VhdxParent {
  const values = new Map<string, string>();
  const text = (at: number, length: number): string =>
    view === null ? "" : new TextDecoder("utf-16le").decode(bytesOf(view).subarray(at, at + length));
  const count = view?.getUint16(18, true) ?? 0;
  for (
    let at = 20, index = 0;
    view !== null && index < count && at + 12 <= view.byteLength;
    index++, at += 12
  ) {
    const key = text(view.getUint32(at, true), view.getUint16(at + 8, true));
    values.set(key, text(view.getUint32(at + 4, true), view.getUint16(at + 10, true)));
  }
  const ids = ["parent_linkage", "parent_linkage2"].map((key) => values.get(key) ?? "");
  return {
    dataIds: ids.map((id) => id.toLowerCase().replaceAll(/[^0-9a-f]/g, "")).filter((id) => id !== ""),
    paths: [...values].filter(([key]) => PATH_KEYS.has(key)).map(([, path]) => path),
  };
}

/** Finds the entry of a table by its GUID. */
function find(
  table: Uint8Array,
  id: string,
  { first, entryBytes, count }: {
    readonly first: number;
    readonly entryBytes: number;
    readonly count: number;
  },
): number | null {
  for (
    let at = first, index = 0;
    index < count && at + entryBytes <= table.length;
    index++, at += entryBytes
  ) {
    if (table.slice(at, at + 16).toHex() === id) return at;
  }
  return null;
}

/** A GUID as it is written, without hyphens. */
function guid(bytes: Uint8Array): string {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return Uint8Array.from(order, (at) => bytes[at] ?? 0).toHex();
}

function ascii(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
