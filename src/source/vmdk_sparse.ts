/**
 * The grain tables of a hosted sparse extent, read to see whether the file is complete. qemu takes a file cut
 * inside its last grain, and reads zeros there.
 *
 * Format: VMware "Virtual Disk Format 5.0", "Hosted Sparse Extents" and "Stream-Optimized Compressed Sparse
 * Extents".
 *
 * @module
 */

const SECTOR = 512;
const HEADER_BYTES = 512;
const MAGIC = 0x564d444b;
/** Header flag: grains are compressed and carry a marker. */
const FLAG_COMPRESSED = 1 << 16;
/** Grain directory offset of a stream whose real header is the footer. */
const AT_END = 0xffff_ffff_ffff_ffffn;
/** A grain marker: sector number (8 bytes) and length of the data (4 bytes). */
const MARKER_BYTES = 12;

/** What of the header is needed here; offsets in bytes, sizes in sectors. */
interface Header {
  readonly compressed: boolean;
  readonly capacitySectors: number;
  readonly grainSectors: number;
  readonly entriesPerTable: number;
  readonly directoryOffset: number;
}

/**
 * How long the file must be for its last grain to be whole, in bytes. Null when the file is no sparse extent
 * with a readable header, which also is what a stream without its footer looks like.
 */
export async function neededLength(file: Deno.FsFile, fileBytes: number): Promise<number | null> {
  const header = await readHeader(file, fileBytes);
  if (header === null) return null;
  const { grainSectors, entriesPerTable } = header;
  const tables = Math.ceil(header.capacitySectors / grainSectors / entriesPerTable);
  const directory = await readWords(file, header.directoryOffset, tables);
  let last = 0, lastIndex = 0;
  for (const [table, sector] of directory.entries()) {
    if (sector === 0) continue;
    const grains = await readWords(file, sector * SECTOR, entriesPerTable);
    for (const [entry, grain] of grains.entries()) {
      if (grain > last) [last, lastIndex] = [grain, table * entriesPerTable + entry];
    }
  }
  // 1 marks a grain of zeros that takes no room.
  if (last <= 1) return header.directoryOffset + tables * 4;
  const offset = last * SECTOR;
  if (!header.compressed) {
    // The last grain of a disk may be shorter than the others.
    const sectors = Math.min(grainSectors, header.capacitySectors - lastIndex * grainSectors);
    return offset + sectors * SECTOR;
  }
  const marker = await readAt(file, offset, MARKER_BYTES);
  if (marker.byteLength < MARKER_BYTES) return offset + MARKER_BYTES;
  return offset + MARKER_BYTES + marker.getUint32(8, true);
}

async function readHeader(file: Deno.FsFile, fileBytes: number): Promise<Header | null> {
  const first = parseHeader(await readAt(file, 0, HEADER_BYTES));
  if (first !== AT_END) return first;
  // A stream ends with the footer, which is a header, and one sector that marks the end.
  const footer = parseHeader(await readAt(file, fileBytes - 2 * SECTOR, HEADER_BYTES));
  return footer === AT_END ? null : footer;
}

function parseHeader(view: DataView): Header | typeof AT_END | null {
  if (view.byteLength < HEADER_BYTES || view.getUint32(0, true) !== MAGIC) return null;
  const directory = view.getBigUint64(56, true);
  if (directory === AT_END) return AT_END;
  const header = {
    compressed: (view.getUint32(8, true) & FLAG_COMPRESSED) !== 0,
    capacitySectors: Number(view.getBigUint64(12, true)),
    grainSectors: Number(view.getBigUint64(20, true)),
    entriesPerTable: view.getUint32(44, true),
    directoryOffset: Number(directory) * SECTOR,
  };
  return header.grainSectors > 0 && header.entriesPerTable > 0 ? header : null;
}

async function readWords(file: Deno.FsFile, offset: number, count: number): Promise<number[]> {
  const view = await readAt(file, offset, count * 4);
  return Array.from({ length: view.byteLength >> 2 }, (_, index) => view.getUint32(index * 4, true));
}

async function readAt(file: Deno.FsFile, offset: number, wanted: number): Promise<DataView> {
  if (offset < 0 || !Number.isSafeInteger(offset)) return new DataView(new ArrayBuffer(0));
  await file.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(wanted);
  let length = 0;
  for (let read; length < wanted && (read = await file.read(bytes.subarray(length))) !== null;) {
    length += read;
  }
  return new DataView(bytes.buffer, 0, length);
}
