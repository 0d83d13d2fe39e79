/**
 * Writes a file and leaves out its zeros, so that what was sparse stays sparse.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { cancelled } from "../../model/error.ts";

/** Receives what happens; both may throw to stop it. */
export interface SparseObserver {
  /** Bytes that came, holes included. */
  unpacked(bytes: number): void;
  /** Bytes that are written. */
  written(bytes: number): void;
}

/** The unit in which zeros are looked for: the block of common file systems. */
const BLOCK = 4096;
const ZEROS = new Uint8Array(BLOCK);

/** Writes pieces to a new file; returns its length in bytes. */
export async function writeSparse(
  pieces: AsyncIterable<Uint8Array>,
  path: string,
  observer: SparseObserver,
  signal: AbortSignal,
): Promise<number> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  let at = 0;
  for await (const piece of pieces) {
    if (signal.aborted) throw cancelled();
    observer.unpacked(piece.length);
    await writeRuns(file, piece, at, observer);
    at += piece.length;
  }
  await file.truncate(at);
  return at;
}

/** Writes the runs of blocks that are not all zeros, at their places from `at` on. */
export async function writeRuns(
  file: Deno.FsFile,
  bytes: Uint8Array,
  at: number,
  observer: Pick<SparseObserver, "written">,
): Promise<void> {
  // Blocks are aligned in the file, whatever sizes the pieces have.
  let end = Math.min(BLOCK - at % BLOCK, bytes.length);
  for (let start = 0, runStart = -1; start < bytes.length; start = end, end = next(end, bytes.length)) {
    const zero = isZero(bytes.subarray(start, end));
    if (!zero && runStart < 0) runStart = start;
    const runEnd = zero ? start : end;
    if (runStart < 0 || (!zero && end < bytes.length)) continue;
    const run = bytes.subarray(runStart, runEnd);
    observer.written(run.length);
    await file.seek(at + runStart, Deno.SeekMode.Start);
    for (let done = 0; done < run.length;) done += await file.write(run.subarray(done));
    runStart = -1;
  }
}

function next(end: number, length: number): number {
  return Math.min(end + BLOCK, length);
}

/** Whether bytes are all zeros. */
function isZero(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0) return false;
  return Buffer.compare(bytes, ZEROS.subarray(0, bytes.length)) === 0;
}
