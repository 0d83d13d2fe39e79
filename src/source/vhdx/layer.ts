/**
 * One VHDX of a chain, open for reading: which sectors it has, and where.
 *
 * Format: MS-VHDX, section 2.5: the block table has an entry for each block and, after those of a chunk, one for the
 * chunk's sector bitmap, in which the lowest bit of a byte is the first sector.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import { readWindow, type Window } from "../input/window.ts";
import { addSegment, type FileLayer, readExactly, type Segment } from "../layers/layered_disk.ts";
import type { VhdxLayer } from "./chain.ts";

const MIB = 1024 * 1024;
/** Sectors that one bitmap of 1 MiB describes. */
const CHUNK_SECTORS = 2 ** 23;
const MAX_BLOCK_BYTES = 256 * MIB, MAX_DISK_BYTES = 64 * MIB * MIB;
const STATE = { below: 0, whole: 6, partly: 7 } as const;
const STATE_BITS = 7n, OFFSET_BITS = ~0xfffffn;

/** Opens a disk; the file is closed with the thread that reads it. */
export async function openVhdxLayer(layer: VhdxLayer): Promise<FileLayer> {
  const { path, blockBytes, sectorBytes, virtualSizeBytes } = layer;
  const isSound = blockBytes >= MIB && blockBytes <= MAX_BLOCK_BYTES &&
    (blockBytes & (blockBytes - 1)) === 0 &&
    (sectorBytes === 512 || sectorBytes === 4096) && virtualSizeBytes > 0 &&
    virtualSizeBytes <= MAX_DISK_BYTES &&
    virtualSizeBytes % sectorBytes === 0;
  if (!isSound) throw damaged(path, "its sizes cannot be");
  const file = await Deno.open(path, { read: true });
  const whole = { path, offset: 0, sizeBytes: (await file.stat()).size };
  const blocks = new BlockTable(layer, whole, await readTable(file, whole, layer));
  blocks.check();
  return new VhdxReader(file, whole, layer, blocks);
}

async function readTable(file: Deno.FsFile, whole: Window, layer: VhdxLayer): Promise<DataView> {
  const { table, path } = layer;
  const wanted = entriesOf(layer) * 8;
  if (wanted > table.length) throw damaged(path, "its block table is too short");
  const bytes = await readWindow(file, whole, table.offset, wanted);
  if (bytes.length < wanted) throw damaged(path, "its block table is cut off");
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Blocks that share a sector bitmap. */
function chunkBlocks({ sectorBytes, blockBytes }: VhdxLayer): number {
  return CHUNK_SECTORS * sectorBytes / blockBytes;
}

/** How many entries the table has, those of bitmaps included. */
function entriesOf(layer: VhdxLayer): number {
  const blocks = Math.ceil(layer.virtualSizeBytes / layer.blockBytes);
  const chunks = layer.parent === null ? Math.floor((blocks - 1) / chunkBlocks(layer)) : Math.ceil(
    blocks / chunkBlocks(layer),
  );
  return layer.parent === null ? blocks + chunks : chunks * (chunkBlocks(layer) + 1);
}

/** A block or a bitmap: its state and its place in the file. */
interface Entry {
  readonly state: number;
  readonly offset: number;
}

class BlockTable {
  readonly #layer: VhdxLayer;
  readonly #whole: Window;
  readonly #entries: DataView;

  constructor(layer: VhdxLayer, whole: Window, entries: DataView) {
    this.#layer = layer;
    this.#whole = whole;
    this.#entries = entries;
  }

  block(index: number): Entry {
    return this.#entry(index + Math.floor(index / chunkBlocks(this.#layer)));
  }

  /** The bitmap of the chunk that a block is in. */
  bitmap(block: number): Entry {
    const ratio = chunkBlocks(this.#layer);
    return this.#entry(Math.floor(block / ratio) * (ratio + 1) + ratio);
  }

  /** Refuses a file that ends before its data, so that nobody finds out half way. */
  check(): void {
    const { blockBytes, virtualSizeBytes, path } = this.#layer;
    for (let block = 0; block * blockBytes < virtualSizeBytes; block++) {
      const { state, offset } = this.block(block);
      if (state !== STATE.whole && state !== STATE.partly) continue;
      const needed = Math.min(blockBytes, virtualSizeBytes - block * blockBytes);
      if (offset + needed > this.#whole.sizeBytes) {
        throw damaged(path, `it ends at byte ${this.#whole.sizeBytes}, before its data`);
      }
      if (
        state === STATE.partly && (this.#layer.parent === null || this.bitmap(block).state !== STATE.whole)
      ) {
        throw damaged(path, `block ${block} has no bitmap`);
      }
    }
  }

  #entry(index: number): Entry {
    const value = this.#entries.getBigUint64(index * 8, true);
    return { state: Number(value & STATE_BITS), offset: Number(BigInt.asUintN(64, value & OFFSET_BITS)) };
  }
}

class VhdxReader implements FileLayer {
  readonly whole: Window;
  readonly #file: Deno.FsFile;
  readonly #layer: VhdxLayer;
  readonly #blocks: BlockTable;
  #bitmap: { readonly block: number; readonly bytes: Uint8Array } | undefined;

  constructor(file: Deno.FsFile, whole: Window, layer: VhdxLayer, blocks: BlockTable) {
    this.#file = file;
    this.whole = whole;
    this.#layer = layer;
    this.#blocks = blocks;
  }

  get virtualSizeBytes(): number {
    return this.#layer.virtualSizeBytes;
  }

  async read(from: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    return await readExactly(this.#file, this.whole, from, length);
  }

  async segments(at: number, length: number): Promise<readonly Segment[]> {
    const { blockBytes } = this.#layer;
    const segments: Segment[] = [];
    for (let done = 0; done < length;) {
      const block = Math.floor((at + done) / blockBytes), inBlock = (at + done) % blockBytes;
      const part = Math.min(blockBytes - inBlock, length - done);
      const { state, offset } = this.#blocks.block(block);
      if (state === STATE.partly) await this.#addSectors(segments, block, inBlock, part);
      else {
        const from = state === STATE.whole ? offset + inBlock : state === STATE.below ? "below" : "zero";
        addSegment(segments, { length: part, from });
      }
      done += part;
    }
    return segments;
  }

  /** The sectors whose bit is set are this disk's own. */
  async #addSectors(segments: Segment[], block: number, inBlock: number, length: number): Promise<void> {
    const { sectorBytes } = this.#layer;
    const bitmap = await this.#bitmapOf(block);
    const { offset } = this.#blocks.block(block);
    for (let at = inBlock; at < inBlock + length;) {
      const bit = Math.floor(at / sectorBytes);
      // A request may start inside a sector of 4 KiB.
      const part = Math.min(sectorBytes - at % sectorBytes, inBlock + length - at);
      const isOwn = ((bitmap[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
      addSegment(segments, { length: part, from: isOwn ? offset + at : "below" });
      at += part;
    }
  }

  /** The part of the chunk's bitmap that is about a block. */
  async #bitmapOf(block: number): Promise<Uint8Array> {
    if (this.#bitmap?.block === block) return this.#bitmap.bytes;
    const length = this.#layer.blockBytes / this.#layer.sectorBytes / 8;
    const inChunk = block % chunkBlocks(this.#layer);
    const at = this.#blocks.bitmap(block).offset + inChunk * length;
    const bytes = await this.read(at, length);
    this.#bitmap = { block, bytes };
    return bytes;
  }
}

function damaged(path: string, reason: string): MigrateError {
  return new MigrateError("source/damaged", `Cannot read ${path}: ${reason}.`, {
    hint: "Copy the disk again: the file is incomplete or changed on the way.",
  });
}
