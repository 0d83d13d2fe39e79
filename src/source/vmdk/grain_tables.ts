/**
 * The grain tables of a hosted sparse extent, read to see whether the file is complete. qemu takes a file cut
 * inside its last grain, and reads zeros there.
 *
 * Format: VMware "Virtual Disk Format 5.0", "Hosted Sparse Extents" and "Stream-Optimized Compressed Sparse
 * Extents".
 *
 * @module
 */

import { readInto, readWindow, type Window } from "../input/window.ts";
import { SECTOR } from "./descriptor.ts";
import { HEADER_BYTES, type HostedHeader, parseHosted } from "./sparse_header.ts";

/** Enough for 62 TiB, the largest disk that VMware makes, in the smallest grains. */
const MAX_DIRECTORY_BYTES = 256 * 1024 * 1024;
/** How much is read at once. */
const BLOCK_BYTES = 64 * 1024;
/** Whether this machine stores words as the format does. */
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
/** A grain marker: sector number (8 bytes) and length of the data (4 bytes). */
const MARKER_BYTES = 12;

/**
 * How long the file must be for its last grain to be whole, in bytes. Null when the file is no sparse extent
 * with a readable header, which also is what a stream without its footer looks like.
 */
export async function neededLength(file: Deno.FsFile, window: Window): Promise<number | null> {
  const header = await readHeader(file, window);
  if (header === null) return null;
  const last = await lastGrain(new BlockReader(file, window), header, window.sizeBytes);
  if (last === null) return null;
  const { grainSectors, capacitySectors, directoryOffset, compressed } = header;
  // 1 marks a grain of zeros that takes no room.
  if (last.sector <= 1) return directoryOffset + tablesOf(header) * 4;
  const offset = last.sector * SECTOR;
  if (!compressed) {
    // The last grain of a disk may be shorter than the others.
    const sectors = Math.min(grainSectors, capacitySectors - last.index * grainSectors);
    return offset + sectors * SECTOR;
  }
  const marker = await viewAt(file, window, offset, MARKER_BYTES);
  if (marker.byteLength < MARKER_BYTES) return offset + MARKER_BYTES;
  return offset + MARKER_BYTES + marker.getUint32(8, true);
}

/** How many grain tables the directory names. */
function tablesOf({ capacitySectors, grainSectors, entriesPerTable }: HostedHeader): number {
  return Math.ceil(capacitySectors / grainSectors / entriesPerTable);
}

/** A grain: where it is stored, and which of the disk it is. */
interface Grain {
  readonly sector: number;
  readonly index: number;
}

/** The grain that is stored last; null when the tables are not all in the file. */
async function lastGrain(
  reader: BlockReader,
  header: HostedHeader,
  fileBytes: number,
): Promise<Grain | null> {
  const { entriesPerTable, directoryOffset } = header;
  const tables = tablesOf(header);
  if (tables * 4 > MAX_DIRECTORY_BYTES) return null;
  const directory = (await reader.words(directoryOffset, tables))?.slice();
  if (directory === undefined) return null;
  const used = directory.reduce((count, sector) => sector === 0 ? count : count + 1, 0);
  // Tables do not share sectors: a directory that names more than the file holds would be read for ever.
  if (used * entriesPerTable * 4 > fileBytes) return null;
  let sector = 0, index = 0;
  for (const [table, tableSector] of directory.entries()) {
    if (tableSector === 0) continue;
    const grains = await reader.words(tableSector * SECTOR, entriesPerTable);
    if (grains === null) return null;
    for (let entry = 0; entry < grains.length; entry++) {
      const grain = grains[entry] ?? 0;
      if (grain > sector) [sector, index] = [grain, table * entriesPerTable + entry];
    }
  }
  return { sector, index };
}

/** Used again for every block of every disk: thousands would fill the memory before they are collected. */
const block = new Uint8Array(BLOCK_BYTES);

/** Reads words in blocks, because tables lie next to each other: a large disk has thousands. */
class BlockReader {
  readonly #file: Deno.FsFile;
  readonly #window: Window;
  #start = 0;
  #bytes = new Uint8Array(0);
  #buffer = block;

  constructor(file: Deno.FsFile, window: Window) {
    this.#file = file;
    this.#window = window;
  }

  /** Little-endian words, valid until the next call; null when they are not all in the file. */
  async words(offset: number, count: number): Promise<Uint32Array | null> {
    const length = count * 4;
    if (offset + length > this.#window.sizeBytes) return null;
    if (offset < this.#start || offset + length > this.#start + this.#bytes.length) {
      this.#start = offset;
      if (this.#buffer.length < length) this.#buffer = new Uint8Array(length);
      this.#bytes = await readInto(this.#file, this.#window, offset, this.#buffer);
      if (this.#bytes.length < length) return null;
    }
    const at = offset - this.#start;
    const bytes = this.#bytes.subarray(at, at + length);
    if (LITTLE_ENDIAN && bytes.byteOffset % 4 === 0) {
      return new Uint32Array(bytes.buffer, bytes.byteOffset, count);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, length);
    return Uint32Array.from({ length: count }, (_, index) => view.getUint32(index * 4, true));
  }
}

async function readHeader(file: Deno.FsFile, window: Window): Promise<HostedHeader | null> {
  const first = parseHosted(await viewAt(file, window, 0, HEADER_BYTES));
  if (first !== "AT_END") return first;
  // A stream ends with the footer, which is a header, and one sector that marks the end.
  const footer = parseHosted(await viewAt(file, window, window.sizeBytes - 2 * SECTOR, HEADER_BYTES));
  return footer === "AT_END" ? null : footer;
}

async function viewAt(file: Deno.FsFile, window: Window, offset: number, wanted: number): Promise<DataView> {
  if (offset < 0 || !Number.isSafeInteger(offset)) return new DataView(new ArrayBuffer(0));
  return new DataView((await readWindow(file, window, offset, wanted)).slice().buffer);
}
