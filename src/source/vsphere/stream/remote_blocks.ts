/**
 * A flat disk on a datastore as blocks: what is asked for is fetched in chunks and kept for a while; who reads on and
 * on gets the next chunks fetched ahead, over several connections.
 *
 * @module
 */
import type { Blocks } from "../../nbd/connection.ts";
import type { Run } from "../../nbd/protocol.ts";
import type { Datastores } from "../datastore.ts";
import { fetchRanges } from "../transfer/download.ts";
import type { FlatExtent } from "../flat_disk.ts";
import { insideRange, type Range } from "../transfer/ranges.ts";

/** What is fetched at once, in bytes. */
const CHUNK_BYTES = 512 * 1024;
/** Chunks that are kept: 32 MiB. */
const KEPT_CHUNKS = 64;

/** What the blocks are read from. */
export interface RemoteBlocksOptions {
  /** The datastores. */
  readonly datastores: Datastores;
  /** The disk's extents. */
  readonly extents: readonly FlatExtent[];
  /** Length of the disk in bytes. */
  readonly sizeBytes: number;
  /** What was ever written; null when nobody knows. */
  readonly written: readonly Range[] | null;
  /** Chunks that are fetched at the same time. */
  readonly streams: number;
  /** Ends every request. */
  readonly signal: AbortSignal;
}

/** Blocks that come from a datastore. */
export class RemoteBlocks implements Blocks {
  readonly sizeBytes: number;
  /** Bytes that were fetched so far. */
  fetchedBytes = 0;
  readonly #options: RemoteBlocksOptions;
  /** Chunks by number, the one used last at the end. */
  readonly #chunks = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();
  /** The chunk after the last read, and how many are fetched ahead of it: more with every read that goes on there. */
  #next = -1;
  #ahead = 0;

  /** Prepares; nothing is fetched yet. */
  constructor(options: RemoteBlocksOptions) {
    this.#options = options;
    this.sizeBytes = options.sizeBytes;
  }

  /**
   * Reads bytes.
   *
   * @throws {MigrateError} as {@linkcode fetchRanges}
   */
  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const first = Math.floor(offset / CHUNK_BYTES), last = Math.floor((offset + length - 1) / CHUNK_BYTES);
    const goesOn = first === this.#next || first === this.#next - 1;
    this.#ahead = goesOn ? Math.min(Math.max(1, this.#ahead * 2), this.#options.streams * 2) : 0;
    this.#next = last + 1;
    const bytes = new Uint8Array(length);
    const wanted = Array.from({ length: last - first + 1 }, (_, at) => this.#chunk(first + at));
    for (let at = 1; at <= this.#ahead; at++) this.#prefetch(last + at);
    for (const [at, chunk] of (await Promise.all(wanted)).entries()) {
      const start = (first + at) * CHUNK_BYTES;
      const part = chunk.subarray(Math.max(0, offset - start), offset + length - start);
      bytes.set(part, Math.max(0, start - offset));
    }
    return bytes;
  }

  /** Which parts were never written, and so are zero. */
  runs(offset: number, length: number): Promise<readonly Run[]> {
    const { written } = this.#options;
    if (written === null) return Promise.resolve([{ length, isHole: false }]);
    const runs: Run[] = [];
    let at = offset;
    for (const [start, end] of insideRange(written, [offset, offset + length])) {
      if (start > at) runs.push({ length: start - at, isHole: true });
      runs.push({ length: end - start, isHole: false });
      at = end;
    }
    if (at < offset + length) runs.push({ length: offset + length - at, isHole: true });
    return Promise.resolve(runs);
  }

  #prefetch(number: number): void {
    if (number * CHUNK_BYTES >= this.sizeBytes || this.#chunks.has(number)) return;
    // Who asks for the chunk hears of its failure; one that nobody asks for is no loss.
    this.#chunk(number).catch(() => {});
  }

  #chunk(number: number): Promise<Uint8Array<ArrayBuffer>> {
    const kept = this.#chunks.get(number);
    this.#chunks.delete(number);
    const chunk = kept ?? this.#fetch(number);
    this.#chunks.set(number, chunk);
    const [oldest] = this.#chunks.keys();
    if (this.#chunks.size > KEPT_CHUNKS) this.#chunks.delete(oldest!);
    return chunk;
  }

  async #fetch(number: number): Promise<Uint8Array<ArrayBuffer>> {
    const { datastores, extents, written, signal } = this.#options;
    const start = number * CHUNK_BYTES, end = Math.min(start + CHUNK_BYTES, this.sizeBytes);
    const bytes = new Uint8Array(end - start);
    // A hole beside a written part need not come over the network.
    const wanted = written === null ? [[start, end] as const] : insideRange(written, [start, end]);
    try {
      for (const extent of extents) {
        const ranges = insideRange(wanted, [extent.start, extent.end]);
        const inFile = ranges.map(([from, to]): Range => [from - extent.start, to - extent.start]);
        const write = (at: number, part: Uint8Array): Promise<void> => {
          bytes.set(part, extent.start + at - start);
          this.fetchedBytes += part.length;
          return Promise.resolve();
        };
        if (inFile.length > 0) {
          await fetchRanges(datastores, extent, inFile, { write }, { streams: 1, signal });
        }
      }
      return bytes;
    } catch (error) {
      this.#chunks.delete(number); // the next who asks tries again
      throw error;
    }
  }
}
