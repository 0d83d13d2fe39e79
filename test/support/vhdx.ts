/**
 * Differencing VHDXs, which no program here writes: an empty one of qemu-img's gets a parent and data of its own.
 *
 * @module
 */
import { runCommand } from "../../src/run/command.ts";

const MIB = 1024 * 1024;
const REGIONS_AT = 192 * 1024, HEADERS_AT = [64 * 1024, 128 * 1024] as const;
const BAT_REGION = "6677c22d23f600429d64115e9bfd4a08";
const METADATA_REGION = "06a27c8b90479a4bb8fe575f050f886e";
const FILE_PARAMETERS = "3767a1ca36fa434db3b633f0aa44e76b";
const SECTOR_SIZE = "1dbf41816fa90947ba47f233a8faab5f";
const PARENT_LOCATOR = "2d5fd3a80bb34d45abf7d3d84834ab0c";
/** Where the locator goes in the metadata region, away from what qemu-img puts there. */
const LOCATOR_AT = 512 * 1024;
const NOT_PRESENT = 0, ZERO = 2, WHOLE = 6, PARTLY = 7;

/** Blocks of 1 MiB that a child has: all of one value, all zeros, or some sectors, each of one value. */
export type OwnBlocks = ReadonlyMap<number, number | "zero" | ReadonlyMap<number, number>>;

/** How a child is written. */
export interface ChildSpec {
  /** File name of the parent as the child knows it. */
  readonly parentName: string;
  /** Size of both in bytes. */
  readonly sizeBytes: number;
  /** What the child has of its own. */
  readonly own: OwnBlocks;
  /** Length of a logical sector (default: 512). */
  readonly sectorBytes?: number;
}

/** Writes a child of the VHDX at `parentPath`. */
export async function writeVhdxChild(path: string, parentPath: string, spec: ChildSpec): Promise<void> {
  const { parentName, sizeBytes, own, sectorBytes = 512 } = spec;
  await makeVhdx(path, sizeBytes, sectorBytes);
  const bytes = await Deno.readFile(path);
  const view = new DataView(bytes.buffer);
  const parameters = itemOf(bytes, FILE_PARAMETERS);
  view.setUint32(parameters + 4, 2, true);
  addLocator(bytes, locator(await dataIdOf(parentPath), parentName));
  const table = regionOf(bytes, BAT_REGION);
  const ratio = 2 ** 23 * sectorBytes / MIB;
  const parts: Uint8Array<ArrayBuffer>[] = [bytes];
  let end = Math.ceil(bytes.length / MIB) * MIB;
  if (end > bytes.length) parts.push(new Uint8Array(end - bytes.length));
  const put = (entry: number, state: number, block: Uint8Array<ArrayBuffer>): void => {
    view.setBigUint64(table + entry * 8, BigInt(end) | BigInt(state), true);
    parts.push(block);
    end += MIB;
  };
  const bitmap = new Uint8Array(MIB);
  for (let block = 0; block * MIB < sizeBytes; block++) {
    const what = own.get(block);
    if (what === undefined) view.setBigUint64(table + block * 8, BigInt(NOT_PRESENT), true);
    else if (what === "zero") view.setBigUint64(table + block * 8, BigInt(ZERO), true);
    else if (typeof what === "number") put(block, WHOLE, new Uint8Array(MIB).fill(what));
    else put(block, PARTLY, sectors(what, block, bitmap, sectorBytes));
  }
  put(ratio, WHOLE, bitmap);
  await Deno.writeFile(path, new Uint8Array(await new Blob(parts).arrayBuffer()));
}

/** Makes an empty VHDX, or one of an image, with blocks of 1 MiB. */
export async function makeVhdx(path: string, from: number | string, sectorBytes = 512): Promise<void> {
  const options = ["-f", "vhdx", "-o", "block_size=1M"];
  await runCommand(
    "qemu-img",
    typeof from === "number"
      ? ["create", "-q", ...options, path, String(from)]
      : ["convert", "-O", "vhdx", "-o", "block_size=1M", from, path],
  );
  const bytes = await Deno.readFile(path);
  new DataView(bytes.buffer).setUint32(itemOf(bytes, SECTOR_SIZE), sectorBytes, true);
  await Deno.writeFile(path, bytes);
}

/** A block with rubbish where the bitmap has no bit. */
function sectors(
  own: ReadonlyMap<number, number>,
  block: number,
  bitmap: Uint8Array,
  sectorBytes: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(MIB).fill(0xee);
  for (const [sector, value] of own) {
    const bit = block * (MIB / sectorBytes) + sector;
    bitmap[bit >> 3]! |= 1 << (bit & 7);
    bytes.fill(value, sector * sectorBytes, (sector + 1) * sectorBytes);
  }
  return bytes;
}

/** The data id of a disk, as a locator has it. */
async function dataIdOf(path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  const view = new DataView(bytes.buffer);
  const sequence = HEADERS_AT.map((at) => view.getBigUint64(at + 8, true));
  const at = HEADERS_AT[sequence[0]! > sequence[1]! ? 0 : 1];
  const hex = (length: number, from: number): string => {
    const part = bytes.slice(at + 32 + from, at + 32 + from + length);
    return (from < 8 ? part.reverse() : part).toHex();
  };
  return `{${hex(4, 0)}-${hex(2, 4)}-${hex(2, 6)}-${hex(2, 8)}-${hex(6, 10)}}`;
}

function locator(dataId: string, parentName: string): Uint8Array {
  const pairs = [["parent_linkage", dataId], ["relative_path", `.\\${parentName}`]] as const;
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  bytes.set(Uint8Array.fromHex("b7ef4ab09ed1814ab78925b8e9445913"));
  view.setUint16(18, pairs.length, true);
  let at = 20 + pairs.length * 12;
  const text = (value: string): number => {
    for (let index = 0; index < value.length; index++) {
      view.setUint16(at + index * 2, value.charCodeAt(index), true);
    }
    at += value.length * 2;
    return at - value.length * 2;
  };
  for (const [index, [key, value]] of pairs.entries()) {
    const entry = 20 + index * 12;
    view.setUint32(entry, text(key), true);
    view.setUint32(entry + 4, text(value), true);
    view.setUint16(entry + 8, key.length * 2, true);
    view.setUint16(entry + 10, value.length * 2, true);
  }
  return bytes.slice(0, at);
}

function addLocator(bytes: Uint8Array<ArrayBuffer>, found: Uint8Array): void {
  const view = new DataView(bytes.buffer);
  const metadata = regionOf(bytes, METADATA_REGION);
  const count = view.getUint16(metadata + 10, true);
  view.setUint16(metadata + 10, count + 1, true);
  const entry = metadata + 32 + count * 32;
  bytes.set(Uint8Array.fromHex(PARENT_LOCATOR), entry);
  view.setUint32(entry + 16, LOCATOR_AT, true);
  view.setUint32(entry + 20, found.length, true);
  view.setUint32(entry + 24, 4, true);
  bytes.set(found, metadata + LOCATOR_AT);
}

function regionOf(bytes: Uint8Array<ArrayBuffer>, guid: string): number {
  const at = find(bytes, guid, REGIONS_AT + 16);
  return Number(new DataView(bytes.buffer).getBigUint64(at + 16, true));
}

function itemOf(bytes: Uint8Array<ArrayBuffer>, guid: string): number {
  const metadata = regionOf(bytes, METADATA_REGION);
  return metadata + new DataView(bytes.buffer).getUint32(find(bytes, guid, metadata + 32) + 16, true);
}

function find(bytes: Uint8Array, guid: string, from: number): number {
  for (let at = from; at < from + 64 * 1024; at += 32) {
    if (bytes.slice(at, at + 16).toHex() === guid) return at;
  }
  throw new Error(`no ${guid}`);
}
