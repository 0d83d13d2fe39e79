/**
 * Decompresses one piece of an initramfs as a stream, and says where the piece ends.
 *
 * gzip runs in this process; the rest runs in the system's programs (Deno's node:zlib has no zstd).
 *
 * @module
 */
import { once } from "node:events";
import { crc32, createInflateRaw } from "node:zlib";
import { cancelled, MigrateError } from "../../../model/error.ts";
import { ChildGroup } from "../../../run/command.ts";
import type { Compression } from "./compression.ts";
import type { ImageFile } from "./image_file.ts";
import { segmentEnd } from "./segment_end.ts";

/** Decompressors: program and arguments, from standard input to standard output. */
const PROGRAMS: Readonly<Record<Exclude<Compression, "none" | "gzip">, readonly string[]>> = {
  bzip2: ["bzip2", "-dc"],
  lzma: ["xz", "--format=lzma", "--single-stream", "-dc"],
  xz: ["xz", "-dc"],
  lzo: ["lzop", "-dc"],
  lz4: ["lz4", "-dc"],
  zstd: ["zstd", "-dcq"],
};

/**
 * Gives the content of the piece at `start` to `onChunk`; returns the offset behind the piece.
 *
 * @throws {MigrateError} `guest/unsupported` when it is damaged, `tool/missing` when the system has no program
 * for it, `run/cancelled`
 */
export async function decompress(
  file: ImageFile,
  start: number,
  compression: Exclude<Compression, "none">,
  onChunk: (chunk: Uint8Array) => void,
  signal: AbortSignal,
): Promise<number> {
  if (compression === "gzip") return await gunzip(file, start, onChunk, signal);
  const end = await segmentEnd(file, start, compression);
  await runDecompressor(file, start, end, PROGRAMS[compression], onChunk, signal);
  return end;
}

async function gunzip(
  file: ImageFile,
  start: number,
  onChunk: (chunk: Uint8Array) => void,
  signal: AbortSignal,
): Promise<number> {
  const dataStart = start + gzipHeaderBytes(await file.readAt(start, 64 * 1024));
  const inflate = createInflateRaw();
  let ended = false;
  let sum = 0;
  const output = (async (): Promise<void> => {
    for await (const chunk of inflate) {
      sum = crc32(chunk, sum);
      onChunk(chunk);
    }
    ended = true;
  })();
  // Its failure must have a listener while this side waits for the file.
  const settled = Promise.allSettled([output]);
  try {
    for await (const chunk of file.chunks(dataStart)) {
      if (signal.aborted) throw cancelled("fix");
      if (ended) break;
      if (!inflate.write(chunk)) await Promise.race([once(inflate, "drain"), output]);
    }
    inflate.end();
    await output;
  } catch (error) {
    inflate.destroy();
    await settled;
    if (error instanceof MigrateError) throw error;
    throw damaged("gzip", (error as Error).message, error);
  }
  // bytesWritten is what inflate used up, not what it was given; the CRC and the length, 4 bytes each, follow.
  const end = dataStart + inflate.bytesWritten + 8;
  const trailer = await file.readAt(end - 8, 8);
  if (trailer.length < 8 || new DataView(trailer.buffer).getUint32(0, true) !== sum) {
    throw damaged("gzip", "its checksum does not match");
  }
  return end;
}

/** Length of a gzip header: RFC 1952 section 2.3. */
function gzipHeaderBytes(head: Uint8Array): number {
  const flags = head[3] ?? 0;
  let offset = 10;
  if ((flags & 4) !== 0) offset += 2 + (head[offset]! | head[offset + 1]! << 8);
  for (const flag of [8, 16]) {
    if ((flags & flag) !== 0) offset = head.indexOf(0, offset) + 1;
  }
  if ((flags & 2) !== 0) offset += 2;
  return offset;
}

async function runDecompressor(
  file: ImageFile,
  start: number,
  end: number,
  command: readonly string[],
  onChunk: (chunk: Uint8Array) => void,
  signal: AbortSignal,
): Promise<void> {
  const [program, ...args] = command as [string, ...string[]];
  await using child = new ChildGroup(program, { args, stdin: "piped", stdout: "piped", stderr: "piped" });
  const stop = (): void => child.kill();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const [, , stderr, { success }] = await Promise.all([
      feed(child.process.stdin, file.chunks(start, end)),
      drain(child.process.stdout, onChunk),
      new Response(child.process.stderr).text(),
      child.process.status,
    ]);
    if (signal.aborted) throw cancelled("fix");
    if (!success) throw damaged(program, stderr.trim() || "it ended with an error");
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function feed(stdin: WritableStream<Uint8Array>, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    // pipeTo gives the stream's own error; a writer may give a TypeError for the next chunk instead.
    await ReadableStream.from(chunks).pipeTo(stdin);
  } catch (error) {
    // A program that stops reading says why by its exit status.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

async function drain(
  stdout: ReadableStream<Uint8Array>,
  onChunk: (chunk: Uint8Array) => void,
): Promise<void> {
  for await (const chunk of stdout) onChunk(chunk);
}

function damaged(format: string, reason: string, cause?: unknown): MigrateError {
  return new MigrateError("guest/unsupported", `Cannot decompress it with ${format}: ${reason}`, { cause });
}
