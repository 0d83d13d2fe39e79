/**
 * Where a compressed piece of an initramfs ends, found from the format's own framing. Only gzip needs
 * decompression for that; lzma and lzo say nothing, so there only our own mark behind them is found.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { MigrateError } from "../../../model/error.ts";
import type { Compression } from "./compression.ts";
import { GZIP_MARK } from "./gzip.ts";
import type { ImageFile } from "./image_file.ts";

/**
 * The offset behind the piece that starts at `start`.
 *
 * @throws {MigrateError} `guest/unsupported` when the piece is cut off or damaged
 */
export function segmentEnd(
  file: ImageFile,
  start: number,
  compression: Exclude<Compression, "none" | "gzip">,
): Promise<number> {
  if (compression === "zstd") return zstdEnd(file, start);
  if (compression === "xz") return xzEnd(file, start);
  if (compression === "lz4") return lz4End(file, start);
  if (compression === "bzip2") return bzip2End(file, start);
  return markOrEnd(file, start);
}

/** zstd frame: RFC 8878 section 3.1.1 (header, blocks with a 3-byte header each, checksum). */
async function zstdEnd(file: ImageFile, start: number): Promise<number> {
  const descriptor = (await file.readAt(start + 4, 1))[0] ?? 0;
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  let offset = start + 5 + (singleSegment ? 0 : 1) + dictionaryBytes + sizeBytes;
  for (let last = false; !last;) {
    const head = await file.readAt(offset, 3);
    if (head.length < 3) throw cutOff("zstd");
    const value = head[0]! | head[1]! << 8 | head[2]! << 16;
    last = (value & 1) === 1;
    const isRle = (value >> 1 & 3) === 1;
    offset += 3 + (isRle ? 1 : value >> 3);
  }
  if ((descriptor & 4) !== 0) offset += 4;
  if (offset > file.sizeBytes) throw cutOff("zstd");
  return offset;
}

/** lz4 legacy frame: lz4_Frame_format.md, "Legacy frame"; it ends where no block size can stand. */
async function lz4End(file: ImageFile, start: number): Promise<number> {
  let offset = start;
  while (offset + 4 <= file.sizeBytes) {
    const size = uint32(await file.readAt(offset, 4), 0);
    if (size === LZ4_MAGIC) offset += 4;
    else if (size === 0 || size > LZ4_BLOCK_MAX) break;
    else if (offset + 4 + size > file.sizeBytes) throw cutOff("lz4");
    else offset += 4 + size;
  }
  return offset;
}

const LZ4_MAGIC = 0x184c2102;
/** LZ4_COMPRESSBOUND of the 8 MiB that a legacy block holds. */
const LZ4_BLOCK_MAX = 8 * 1024 * 1024 + Math.floor(8 * 1024 * 1024 / 255) + 16;

/** xz stream: xz-file-format.txt sections 2.1.2 (footer: CRC32, backward size, flags, "YZ") and 4 (index). */
async function xzEnd(file: ImageFile, start: number): Promise<number> {
  const header = await file.readAt(start, 12);
  for await (const at of file.find(new TextEncoder().encode("YZ"), start + 12)) {
    const end = at + 2;
    if ((end - start) % 4 !== 0) continue;
    const footer = await file.readAt(end - 12, 12);
    if (footer[8] !== header[6] || footer[9] !== header[7]) continue;
    if (crc32(footer.subarray(4, 10)) !== uint32(footer, 0)) continue;
    const indexBytes = (uint32(footer, 4) + 1) * 4;
    if (end - 12 - indexBytes < start + 12) continue;
    const index = await file.readAt(end - 12 - indexBytes, indexBytes);
    if (crc32(index.subarray(0, -4)) !== uint32(index, indexBytes - 4)) continue;
    // A module that is itself xz can lie uncompressed in the stream: only our own index adds up to our start.
    if (12 + xzBlockBytes(index) === end - 12 - indexBytes - start) return end;
  }
  throw cutOff("xz");
}

/** Length of the blocks that an index lists, padding included: a zero, a count, two sizes for each block. */
function xzBlockBytes(index: Uint8Array): number {
  let offset = 1;
  const integer = (): number => { // section 1.2: seven bits a byte, lowest first
    let value = 0;
    for (let factor = 1; offset < index.length; factor *= 128) {
      const byte = index[offset++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
    }
    return value;
  };
  let total = 0;
  for (let blocks = integer(); blocks > 0 && offset < index.length; blocks--) {
    total += Math.ceil(integer() / 4) * 4;
    integer(); // the uncompressed size
  }
  return total;
}

/** bzip2: the mark 0x177245385090 at any bit, then a 32-bit sum, then the rest of the byte. */
async function bzip2End(file: ImageFile, start: number): Promise<number> {
  let high = 0; // the 24 bits before the last 24, which `low` has
  let low = 0;
  let offset = start;
  for await (const chunk of file.chunks(start)) {
    for (const byte of chunk) {
      offset++;
      for (let shift = 7; shift >= 0; shift--) {
        high = (high << 1 | low >> 23) & 0xffffff;
        low = (low << 1 | byte >> shift & 1) & 0xffffff;
        if (low === 0x385090 && high === 0x177245) {
          // The sum begins in the middle of this byte or after it: either way it ends in the fourth from here.
          if (offset + 4 > file.sizeBytes) throw cutOff("bzip2");
          return offset + 4;
        }
      }
    }
  }
  throw cutOff("bzip2");
}

async function markOrEnd(file: ImageFile, start: number): Promise<number> {
  for await (const at of file.find(GZIP_MARK, start + 4)) if (at % 4 === 0) return at;
  return file.sizeBytes;
}

function uint32(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, true);
}

function cutOff(format: string): MigrateError {
  return new MigrateError("guest/unsupported", `Cannot find the end of the ${format} data: it is cut off.`);
}
