/**
 * Snapshots as an ESX host makes them: a descriptor, and a file of grains beside it. qemu-img reads both kinds, and
 * makes none.
 *
 * @module
 */
import { basename } from "@std/path";
import { convertImage, makeRawDisk } from "./images.ts";
import type { TempFolder } from "./temp.ts";

const SECTOR = 512;
/** Both kinds have 4096 entries in a table. */
const ENTRIES = 4096;

/** What a snapshot has of its disk. */
interface Delta {
  /** The size that the guest sees, in bytes. */
  readonly sizeBytes: number;
  /** Its grains by number: what every byte of them is; seSparse has grains of zeros, too. */
  readonly grains: ReadonlyMap<number, number>;
}

/** Size of a grain of each kind, in bytes. */
const GRAIN_BYTES = { vmfsSparse: 512, seSparse: 4096 } as const;

/** Writes `NAME.vmdk` and `NAME-delta.vmdk`. */
export async function makeDelta(
  path: string,
  kind: keyof typeof GRAIN_BYTES,
  delta: Delta,
  parent: { readonly file: string; readonly cid: string },
): Promise<void> {
  const data = path.replace(/\.vmdk$/, "-delta.vmdk");
  await Deno.writeFile(data, kind === "vmfsSparse" ? cowd(delta) : seSparse(delta));
  const type = kind === "vmfsSparse" ? "VMFSSPARSE" : "SESPARSE";
  const lines = [
    "# Disk DescriptorFile",
    "version=1",
    `CID=${cidOf(path)}`,
    `parentCID=${parent.cid}`,
    `createType="${kind}"`,
    `parentFileNameHint="${parent.file}"`,
    `RW ${delta.sizeBytes / SECTOR} ${type} "${basename(data)}"`,
  ];
  await Deno.writeTextFile(path, `${lines.join("\n")}\n`);
}

/** A flat `vm.vmdk` with `vm-000001.vmdk`, a snapshot of vmfsSparse, and `vm-000002.vmdk`, one of seSparse, on it. */
export async function makeEsxChain(folder: TempFolder): Promise<void> {
  const sizeBytes = 24 * 1024 ** 2;
  await makeRawDisk(folder.file("disk.raw"), sizeBytes);
  await convertImage(folder.file("disk.raw"), folder.file("vm.vmdk"), "vmdk", "subformat=monolithicFlat");
  const first = "vm-000001.vmdk";
  // A host writes such paths, and the parent is found beside its child.
  const base = { file: "/vmfs/volumes/ds/vm/vm.vmdk", cid: await readCid(folder.file("vm.vmdk")) };
  const one = new Map([[1, 0x31], [4095, 0x32], [4096, 0x33], [40_000, 0x34]]);
  await makeDelta(folder.file(first), "vmfsSparse", { sizeBytes, grains: one }, base);
  const two = new Map([[0, 0x41], [3, 0], [3072, 0x42], [4097, 0x43], [6143, 0x44]]);
  const parent = { file: first, cid: cidOf(first) };
  await makeDelta(folder.file("vm-000002.vmdk"), "seSparse", { sizeBytes, grains: two }, parent);
}

/** The content id of a disk that {@linkcode makeDelta} writes. */
function cidOf(path: string): string {
  let id = 7;
  for (const character of basename(path)) id = (id * 31 + character.charCodeAt(0)) >>> 0;
  return (id & 0x7fff_ffff).toString(16).padStart(8, "0");
}

/** The content id in a descriptor. */
export async function readCid(path: string): Promise<string> {
  return /^CID=(\w+)/m.exec(await Deno.readTextFile(path))![1]!;
}

function cowd({ sizeBytes, grains }: Delta): Uint8Array<ArrayBuffer> {
  const grainBytes = GRAIN_BYTES.vmfsSparse;
  const tables = Math.ceil(sizeBytes / grainBytes / ENTRIES);
  const directoryAt = 4 * SECTOR, tablesAt = directoryAt + roundUp(tables * 4, SECTOR);
  const grainsAt = tablesAt + tables * ENTRIES * 4;
  const bytes = new Uint8Array(grainsAt + grains.size * grainBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("COWD"));
  const header = [1, 3, sizeBytes / SECTOR, grainBytes / SECTOR, directoryAt / SECTOR, tables];
  for (const [index, value] of header.entries()) view.setUint32(4 + index * 4, value, true);
  let at = grainsAt;
  for (const [grain, fill] of grains) {
    const table = Math.floor(grain / ENTRIES);
    view.setUint32(directoryAt + table * 4, tablesAt / SECTOR + table * ENTRIES * 4 / SECTOR, true);
    view.setUint32(tablesAt + grain * 4, at / SECTOR, true);
    bytes.fill(fill, at, at + grainBytes);
    at += grainBytes;
  }
  return bytes;
}

function seSparse({ sizeBytes, grains }: Delta): Uint8Array<ArrayBuffer> {
  const grainBytes = GRAIN_BYTES.seSparse;
  const tables = Math.ceil(sizeBytes / grainBytes / ENTRIES);
  const volatileAt = SECTOR, directoryAt = 2 * SECTOR;
  const tablesAt = directoryAt + roundUp(tables * 8, SECTOR), grainsAt = tablesAt + tables * ENTRIES * 8;
  // A grain before those in use: the first grain's number is not 0.
  const bytes = new Uint8Array(grainsAt + (grains.size + 1) * grainBytes);
  const view = new DataView(bytes.buffer);
  const set = (at: number, value: bigint): void => view.setBigUint64(at, value, true);
  const sectors = (at: number): bigint => BigInt(at / SECTOR);
  for (const [at, value] of [[0, 0xcafebaben], [8, 0x2_0000_0001n], [24, 8n], [32, 64n]] as const) {
    set(at, value);
  }
  set(16, sectors(sizeBytes));
  for (const [at, from, to] of [[80, volatileAt, directoryAt], [128, directoryAt, tablesAt]] as const) {
    set(at, sectors(from));
    set(at + 8, sectors(to - from));
  }
  set(144, sectors(tablesAt));
  set(152, sectors(grainsAt - tablesAt));
  set(192, sectors(grainsAt));
  set(200, sectors(bytes.length - grainsAt));
  set(volatileAt, 0xcafecafen);
  let number = 1n;
  for (const [grain, fill] of grains) {
    const table = Math.floor(grain / ENTRIES);
    set(directoryAt + table * 8, 0x1000_0000_0000_0000n + BigInt(table));
    const low = (number & 0xfffn) << 48n, high = number >> 12n;
    set(tablesAt + grain * 8, fill === 0 ? 0x2n << 60n : (0x3n << 60n) | low | high);
    const at = grainsAt + Number(number++) * grainBytes;
    bytes.fill(fill, at, at + grainBytes);
  }
  return bytes;
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
