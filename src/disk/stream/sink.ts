/**
 * Where the bytes of a disk go that is copied as a stream, in order, from the first to the last.
 *
 * @module
 */

/** What a finished file is known by. */
export interface SinkResult {
  /** SHA-256 of the file in hex, where the format lets it be made on the way. */
  readonly sha256?: string;
}

/** Takes the content of a disk in order. */
export interface Sink extends Disposable {
  /** Takes a block: {@linkcode BLOCK_BYTES} long, the last one perhaps shorter. Returns the bytes that it wrote. */
  write(block: Uint8Array): number;
  /** Writes what is left, and flushes the file to storage. */
  finish(): SinkResult;
}

/** Length of a block, in bytes: a cluster of qcow2 by default. */
export const BLOCK_BYTES = 64 * 1024;

/** Whether a block has nothing but zeros. */
export function isZero(block: Uint8Array): boolean {
  // A view of four bytes at a time needs an offset that is a multiple of four.
  if (block.byteOffset % 4 !== 0) return block.every((byte) => byte === 0);
  const words = new Uint32Array(block.buffer, block.byteOffset, block.byteLength >> 2);
  for (let index = 0; index < words.length; index++) if (words[index] !== 0) return false;
  return block.subarray(words.length * 4).every((byte) => byte === 0);
}

/** Writes the whole of a block at an offset. */
export function writeAt(file: Deno.FsFile, block: Uint8Array, offset: number): void {
  file.seekSync(offset, Deno.SeekMode.Start);
  for (let at = 0; at < block.length;) at += file.writeSync(block.subarray(at));
}
