/**
 * One VHD of a chain, open for reading: which sectors it has, and where.
 *
 * Format: Microsoft "Virtual Hard Disk Image Format Specification" 1.0, "Block Allocation Table and Data Blocks".
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import { readWindow, type Window } from "../input/window.ts";
import { addSegment, type FileLayer, readExactly, type Segment } from "../layers/layered_disk.ts";
import type { VhdLayer } from "./chain.ts";

const SECTOR = 512;
const UNUSED = 0xffff_ffff;
/** Most entries of a block table: 2 TiB, the limit of the format, in blocks of 512 KiB. */
const MAX_BLOCKS = 4 * 1024 * 1024;

/** Opens a disk; the file is closed with the thread that reads it. */
export async function openVhdLayer(layer: VhdLayer): Promise<FileLayer> {
  const file = await Deno.open(layer.path, { read: true });
  const whole = { path: layer.path, offset: 0, sizeBytes: (await file.stat()).size };
  const { header, virtualSizeBytes } = layer;
  if (header === null) {
    if (virtualSizeBytes > whole.sizeBytes) throw cutOff(whole);
    const segments = (at: number, length: number): Promise<Segment[]> =>
      Promise.resolve([{ length, from: at }]);
    const read = (from: number, length: number): Promise<Uint8Array<ArrayBuffer>> =>
      readExactly(file, whole, from, length);
    return { whole, virtualSizeBytes, segments, read };
  }
  const table = await readTable(file, whole, layer);
  return new DynamicLayer({ file, whole, layer, table, blockBytes: header.blockBytes });
}

async function readTable(file: Deno.FsFile, whole: Window, layer: VhdLayer): Promise<DataView> {
  const { blocks = 0, blockBytes = 0, tableOffset = 0 } = layer.header ?? {};
  const isSound = blocks <= MAX_BLOCKS && blockBytes >= SECTOR && blockBytes % SECTOR === 0 &&
    blocks * blockBytes >= layer.virtualSizeBytes;
  const bytes = isSound ? await readWindow(file, whole, tableOffset, blocks * 4) : new Uint8Array();
  if (!isSound || bytes.length < blocks * 4) throw damaged(whole.path, "its block table is damaged");
  const table = new DataView(bytes.buffer);
  const used = Math.ceil(layer.virtualSizeBytes / blockBytes);
  for (let block = 0; block < used; block++) {
    const sector = table.getUint32(block * 4);
    const data = Math.min(blockBytes, layer.virtualSizeBytes - block * blockBytes);
    if (sector !== UNUSED && sector * SECTOR + bitmapBytes(blockBytes) + data > whole.sizeBytes) {
      throw cutOff(whole);
    }
  }
  return table;
}

/** Length of the bitmap before each block, in whole sectors. */
function bitmapBytes(blockBytes: number): number {
  return Math.ceil(blockBytes / SECTOR / 8 / SECTOR) * SECTOR;
}

interface Parts {
  readonly file: Deno.FsFile;
  readonly whole: Window;
  readonly layer: VhdLayer;
  readonly table: DataView;
  readonly blockBytes: number;
}

class DynamicLayer implements FileLayer {
  readonly #parts: Parts;
  #bitmap: { readonly block: number; readonly bytes: Uint8Array } | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get whole(): Window {
    return this.#parts.whole;
  }

  get virtualSizeBytes(): number {
    return this.#parts.layer.virtualSizeBytes;
  }

  async read(from: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    return await readExactly(this.#parts.file, this.#parts.whole, from, length);
  }

  async segments(at: number, length: number): Promise<readonly Segment[]> {
    const { layer, table, blockBytes } = this.#parts;
    const segments: Segment[] = [];
    for (let done = 0; done < length;) {
      const block = Math.floor((at + done) / blockBytes), inBlock = (at + done) % blockBytes;
      const part = Math.min(blockBytes - inBlock, length - done);
      const sector = table.getUint32(block * 4);
      const data = sector * SECTOR + bitmapBytes(blockBytes);
      if (sector === UNUSED) addSegment(segments, { length: part, from: "below" });
      else if (layer.type !== "differencing") addSegment(segments, { length: part, from: data + inBlock });
      else await this.#addSectors(segments, block, inBlock, part);
      done += part;
    }
    return segments;
  }

  /** The sectors whose bit is set are this disk's own; the first sector's bit is on top of its byte. */
  async #addSectors(segments: Segment[], block: number, inBlock: number, length: number): Promise<void> {
    const bitmap = await this.#bitmapOf(block);
    const data = this.#parts.table.getUint32(block * 4) * SECTOR + bitmapBytes(this.#parts.blockBytes);
    for (let at = inBlock; at < inBlock + length; at += SECTOR) {
      const bit = at / SECTOR;
      const isOwn = ((bitmap[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
      addSegment(segments, { length: SECTOR, from: isOwn ? data + at : "below" });
    }
  }

  async #bitmapOf(block: number): Promise<Uint8Array> {
    if (this.#bitmap?.block === block) return this.#bitmap.bytes;
    const { table, blockBytes } = this.#parts;
    const bytes = await this.read(table.getUint32(block * 4) * SECTOR, bitmapBytes(blockBytes));
    this.#bitmap = { block, bytes };
    return bytes;
  }
}

function cutOff({ path, sizeBytes }: Window): MigrateError {
  return damaged(path, `it ends at byte ${sizeBytes}, before its data`);
}

function damaged(path: string, reason: string): MigrateError {
  return new MigrateError("source/damaged", `Cannot read ${path}: ${reason}.`, {
    hint: "Copy the disk again: the file is incomplete or changed on the way.",
  });
}
