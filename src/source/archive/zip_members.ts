/**
 * The members of a zip.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { streamWindow, type Window } from "../input/window.ts";
import { type Compression, decompress } from "./decompress.ts";
import type { ArchiveLimits, UnpackGuard } from "./limits.ts";
import { broken, type Member, refused } from "./member.ts";
import { readIndex } from "./read_index.ts";
import type { ZipEntry } from "./zip_index.ts";

/** Compression methods (APPNOTE 4.4.5); others, such as Deflate64, are refused when they are needed. */
const METHODS: Readonly<Record<number, Compression>> = { 8: "deflate", 93: "zstd", 95: "xz" };

/** Lists the files of a zip. */
export async function zipMembers(
  archive: Window,
  { maxMembers }: ArchiveLimits,
  signal: AbortSignal,
): Promise<Member[]> {
  return (await readIndex("zip", archive, { maxMembers, signal })).map(toMember);
}

function toMember(entry: ZipEntry): Member {
  const { name, sizeBytes, data } = entry;
  const read = (signal: AbortSignal, guard: UnpackGuard): AsyncIterable<Uint8Array> =>
    checked(unpack(entry, signal, guard), entry);
  return { name, sizeBytes, read, ...(entry.method === 0 ? { window: data } : {}) };
}

function unpack(
  { name, method, data }: ZipEntry,
  signal: AbortSignal,
  guard: UnpackGuard,
): AsyncIterable<Uint8Array> {
  const packed = guard.counted(streamWindow(data, signal));
  if (method === 0) return packed;
  const compression = METHODS[method];
  if (compression === undefined) throw refused(data.path, `${name} is compressed by method ${method}`);
  return decompress(compression, packed, data.path, signal);
}

/** Passes bytes on, and checks their CRC-32 and number at the end. */
async function* checked(chunks: AsyncIterable<Uint8Array>, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  let sum = 0, length = 0;
  for await (const chunk of chunks) {
    sum = crc32(chunk, sum);
    length += chunk.length;
    if (length > entry.sizeBytes) break;
    yield chunk;
  }
  if (length !== entry.sizeBytes || sum !== entry.crc32) {
    throw broken(entry.data.path, `${entry.name} has another checksum than the directory says`);
  }
}
