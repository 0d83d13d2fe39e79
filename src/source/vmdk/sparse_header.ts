/**
 * The headers of sparse extents: how large the grains are, and where the tables that place them.
 *
 * Format: VMware "Virtual Disk Format 5.0", "Hosted Sparse Extents" and "ESX Server Sparse Extents"; seSparse, which
 * VMware does not describe, as qemu's block/vmdk.c reads it.
 *
 * @module
 */
import { isSparse, SECTOR } from "./descriptor.ts";

/** Bytes of a header. */
export const HEADER_BYTES = 512;
const HOSTED_MAGIC = 0x564d444b;
const COWD_MAGIC = 0x44574f43;
const SE_MAGIC = 0xcafebaben, SE_VOLATILE_MAGIC = 0xcafecafen, SE_VERSION = 0x2_0000_0001n;
/** Header flag: grains are compressed and carry a marker. */
const FLAG_COMPRESSED = 1 << 16;
/** Grain directory offset of a stream whose real header is the footer. */
const AT_END = 0xffff_ffff_ffff_ffffn;
/** Most entries of a grain table; the format has 512 always. */
const MAX_ENTRIES = 512;
/** Entries of a table of an ESX server, and of an seSparse one. */
const COWD_ENTRIES = 4096, SE_ENTRIES = 4096;
/** An seSparse table entry says what the grain is in its upper four bits. */
const SE_ZERO_KINDS: ReadonlySet<number> = new Set([1, 2]);
const SE_TABLE_KIND = 0x1000_0000, SE_DATA_KIND = 3;

/** What of the header of a hosted sparse extent is needed here; offsets in bytes, sizes in sectors. */
export interface HostedHeader {
  /** Whether grains are compressed and carry a marker. */
  readonly compressed: boolean;
  /** The size that the guest sees. */
  readonly capacitySectors: number;
  /** Size of a grain. */
  readonly grainSectors: number;
  /** Entries of a grain table. */
  readonly entriesPerTable: number;
  /** Where the grain directory is. */
  readonly directoryOffset: number;
}

/** Reads the header of a hosted sparse extent; null for none, or one of no use; `AT_END` when the footer is it. */
export function parseHosted(view: DataView): HostedHeader | "AT_END" | null {
  if (view.byteLength < HEADER_BYTES || view.getUint32(0, true) !== HOSTED_MAGIC) return null;
  const directory = view.getBigUint64(56, true);
  if (directory === AT_END) return "AT_END";
  const header = {
    compressed: (view.getUint32(8, true) & FLAG_COMPRESSED) !== 0,
    capacitySectors: Number(view.getBigUint64(12, true)),
    grainSectors: Number(view.getBigUint64(20, true)),
    entriesPerTable: view.getUint32(44, true),
    directoryOffset: Number(directory) * SECTOR,
  };
  const { capacitySectors, grainSectors, entriesPerTable } = header;
  const sane = capacitySectors > 0 && grainSectors > 0 && entriesPerTable > 0;
  return sane && entriesPerTable <= MAX_ENTRIES ? header : null;
}

/**
 * Whether an extent holds a disk. qemu takes a hosted one without a capacity for a descriptor, which may name any file
 * of the host.
 */
export function hasCapacity(head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return !isSparse(head) || (view.byteLength >= HEADER_BYTES && view.getBigUint64(12, true) > 0n);
}

/** Where a grain is: an offset in the file in bytes, zeros, in the disk below, or nowhere that can be. */
export type GrainPlace = number | "zero" | "below" | "damaged";

/** How a sparse extent is laid out; sizes and offsets in bytes. */
export interface SparseLayout {
  /** The size that the guest sees. */
  readonly capacityBytes: number;
  /** Size of a grain. */
  readonly grainBytes: number;
  /** Entries of a grain table. */
  readonly entriesPerTable: number;
  /** Size of an entry of the directory and of a table. */
  readonly entryBytes: 4 | 8;
  /** Where the directory is. */
  readonly directoryOffset: number;
  /** The table that an entry of the directory names, by its two halves. */
  tableAt(low: number, high: number): GrainPlace;
  /** The grain that an entry of a table names. */
  grainAt(low: number, high: number): GrainPlace;
}

/** Tells the layout from the first bytes of an extent; a reason where they are of no use. */
export function sparseLayout(head: Uint8Array): SparseLayout | string {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.byteLength < HEADER_BYTES) return "it is too short";
  if (view.getUint32(0, true) === COWD_MAGIC) return cowdLayout(view);
  if (view.getBigUint64(0, true) === SE_MAGIC) return seLayout(view);
  const header = parseHosted(view);
  if (header === null) return "its header is damaged";
  if (header === "AT_END" || header.compressed || view.getUint16(77, true) !== 0) return COMPRESSED;
  const { capacitySectors, grainSectors, entriesPerTable, directoryOffset } = header;
  return sectorLayout(capacitySectors, grainSectors, entriesPerTable, directoryOffset);
}

/** Said of an extent whose grains have to be unpacked. */
export const COMPRESSED = "it is compressed";

function cowdLayout(view: DataView): SparseLayout | string {
  const [sectors, grain, directory] = [12, 16, 20].map((at) => view.getUint32(at, true));
  if (!sectors || !grain || !directory) return "its header is damaged";
  return sectorLayout(sectors, grain, COWD_ENTRIES, directory * SECTOR);
}

/** Entries are sector numbers; 0 is no grain, and 1 one of zeros that takes no room. */
function sectorLayout(
  capacitySectors: number,
  grainSectors: number,
  entriesPerTable: number,
  directoryOffset: number,
): SparseLayout {
  return {
    capacityBytes: capacitySectors * SECTOR,
    grainBytes: grainSectors * SECTOR,
    entriesPerTable,
    entryBytes: 4,
    directoryOffset,
    tableAt: (low) => low === 0 ? "below" : low * SECTOR,
    grainAt: (low) => low === 0 ? "below" : low === 1 ? "zero" : low * SECTOR,
  };
}

function seLayout(view: DataView): SparseLayout | string {
  const sectors = (at: number): number => Number(view.getBigUint64(at, true));
  const isKnown = view.getBigUint64(8, true) === SE_VERSION && sectors(24) === 8 && sectors(32) === 64 &&
    view.getBigUint64(40, true) === 0n;
  if (!isKnown) return "it is of an unknown seSparse version";
  const tables = sectors(144) * SECTOR, grains = sectors(192) * SECTOR;
  const grainBytes = sectors(24) * SECTOR;
  return {
    capacityBytes: sectors(16) * SECTOR,
    grainBytes,
    entriesPerTable: SE_ENTRIES,
    entryBytes: 8,
    directoryOffset: sectors(128) * SECTOR,
    tableAt: (low, high) =>
      low === 0 && high === 0 ? "below" : high === SE_TABLE_KIND ? tables + low * SE_ENTRIES * 8 : "damaged",
    grainAt: (low, high) => {
      if (low === 0 && high === 0) return "below";
      const kind = high >>> 28;
      if (SE_ZERO_KINDS.has(kind)) return "zero";
      // The upper 12 bits of the number are the low ones, and the lower 48 bits the high ones.
      const number = ((high >>> 16) & 0xfff) + ((high & 0xffff) * 2 ** 32 + low) * 2 ** 12;
      return kind === SE_DATA_KIND ? grains + number * grainBytes : "damaged";
    },
  };
}

/** Where the header of an seSparse extent that changes is, in bytes; null for other extents. */
export function volatileHeaderOffset(head: Uint8Array): number | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return view.getBigUint64(0, true) === SE_MAGIC ? Number(view.getBigUint64(80, true)) * SECTOR : null;
}

/** Whether an seSparse extent's changing header says that its journal holds nothing. */
export function isClean(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getBigUint64(0, true) === SE_VOLATILE_MAGIC && view.getBigUint64(24, true) === 0n;
}
