/**
 * The contents of a chain of VHDs. qemu (7.2 and before) opens a differencing disk without its parent and
 * reads zeros where the child has nothing, so the chain is merged here.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import type { Piece } from "../archive/sparse_file.ts";
import type { VhdLayer } from "./chain.ts";
import { readWindow, type Window } from "../input/window.ts";

const SECTOR = 512;
const CHUNK_BYTES = 2 * 1024 * 1024;
const UNUSED = 0xffff_ffff;
/** Most entries of a block table: 2 TiB, the limit of the format, in blocks of 512 KiB. */
const MAX_BLOCKS = 4 * 1024 * 1024;

/** One open disk of the chain. */
interface OpenLayer {
  readonly layer: VhdLayer;
  readonly file: Deno.FsFile;
  readonly whole: Window;
  readonly table: DataView;
}

/** The merged contents, holes where no disk of the chain has anything. */
export async function* mergeVhd(chain: readonly VhdLayer[]): AsyncGenerator<Piece> {
  const size = chain[0]?.virtualSizeBytes ?? 0;
  using files = new DisposableStack();
  const layers: OpenLayer[] = [];
  for (const layer of chain.toReversed()) layers.push(await openLayer(layer, files));
  for (let at = 0; at < size; at += CHUNK_BYTES) {
    const bytes = new Uint8Array(Math.min(CHUNK_BYTES, size - at));
    let isHole = true;
    for (const layer of layers) if (await apply(layer, bytes, at)) isHole = false;
    yield isHole ? bytes.length : bytes;
  }
}

async function openLayer(layer: VhdLayer, files: DisposableStack): Promise<OpenLayer> {
  const file = files.use(await Deno.open(layer.path, { read: true }));
  const whole = { path: layer.path, offset: 0, sizeBytes: (await file.stat()).size };
  const { header } = layer;
  if (header === null) return { layer, file, whole, table: new DataView(new ArrayBuffer(0)) };
  const { blocks, blockBytes, tableOffset } = header;
  const isSound = blocks <= MAX_BLOCKS && blockBytes >= SECTOR && blockBytes % SECTOR === 0 &&
    blocks * blockBytes >= layer.virtualSizeBytes;
  const table = isSound ? await readWindow(file, whole, tableOffset, blocks * 4) : new Uint8Array();
  if (!isSound || table.length < blocks * 4) throw damaged(layer.path, "its block table is damaged");
  return { layer, file, whole, table: new DataView(table.buffer) };
}

/** Puts what a disk has over what those below it have; says whether it had anything. */
async function apply(open: OpenLayer, bytes: Uint8Array, at: number): Promise<boolean> {
  const { layer, file, whole, table } = open;
  const size = Math.min(bytes.length, layer.virtualSizeBytes - at);
  if (size <= 0) return false;
  if (layer.header === null) {
    bytes.set(await readExactly(file, whole, at, size));
    return true;
  }
  const { blockBytes } = layer.header;
  let found = false;
  for (let done = 0; done < size;) {
    const inBlock = (at + done) % blockBytes;
    const length = Math.min(blockBytes - inBlock, size - done);
    const sector = table.getUint32(Math.floor((at + done) / blockBytes) * 4);
    if (sector !== UNUSED) {
      await applyBlock(open, sector * SECTOR, inBlock, bytes.subarray(done, done + length));
      found = true;
    }
    done += length;
  }
  return found;
}

/** A block begins with a bitmap, the first sector's bit on top: set where a differencing disk has its own. */
async function applyBlock(
  { layer, file, whole }: OpenLayer,
  offset: number,
  inBlock: number,
  target: Uint8Array,
): Promise<void> {
  const bits = (layer.header?.blockBytes ?? 0) / SECTOR;
  const bitmapBytes = Math.ceil(bits / 8 / SECTOR) * SECTOR;
  const bitmap = await readExactly(file, whole, offset, bitmapBytes);
  const data = await readExactly(file, whole, offset + bitmapBytes + inBlock, target.length);
  const first = inBlock / SECTOR;
  for (let at = 0; at < data.length; at += SECTOR) {
    const bit = first + at / SECTOR;
    const isOwn = ((bitmap[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
    if (isOwn || layer.type !== "differencing") target.set(data.subarray(at, at + SECTOR), at);
  }
}

async function readExactly(
  file: Deno.FsFile,
  whole: Window,
  at: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = await readWindow(file, whole, at, length);
  if (bytes.length === length) return bytes;
  throw damaged(whole.path, `it ends at byte ${whole.sizeBytes}, before its data`);
}

function damaged(path: string, reason: string): MigrateError {
  return new MigrateError("source/damaged", `Cannot read ${path}: ${reason}.`, {
    hint: "Copy the disk again: the file is incomplete or changed on the way.",
  });
}
