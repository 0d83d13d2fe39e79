/**
 * The chain of a differencing VHD: each parent is found beside its child by name, and must be the very disk
 * that the child was made on.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import { readWindow, type Window } from "../input/window.ts";
import type { DiskLook } from "../layers/chain.ts";
import { fileNames, findBeside } from "../layers/parent_file.ts";
import {
  FOOTER_BYTES,
  HEADER_BYTES,
  parseFooter,
  parseHeader,
  type VhdFooter,
  type VhdHeader,
} from "./format.ts";

/** One disk of a chain. */
export interface VhdLayer extends VhdFooter {
  /** Path of the file. */
  readonly path: string;
  /** Its header; a fixed disk has none. */
  readonly header: VhdHeader | null;
  /** Names that the parent may have, without folders. */
  readonly parentNames: readonly string[];
}

const MAX_CHAIN = 64;
const MAX_LOCATOR_BYTES = 64 * 1024;

/** What type a VHD is: differencing if either of its footers says so. */
export async function lookAtVhd(disk: Window): Promise<DiskLook> {
  using file = await Deno.open(disk.path, { read: true });
  const footers = await readFooters(file, disk);
  const [type] = footers.map((footer) => footer.type);
  const isDifferencing = footers.some((footer) => footer.type === "differencing");
  return { isDifferencing, ...(type === undefined ? {} : { type }) };
}

/**
 * Reads a disk and its parents, the disk first.
 *
 * @throws {MigrateError} `source/missing` or `source/damaged`, naming the parent
 */
export async function readVhdChain(path: string): Promise<VhdLayer[]> {
  const chain = [await readLayer(path)];
  for (let child = chain[0]!; child.type === "differencing"; child = chain.at(-1)!) {
    if (chain.length >= MAX_CHAIN) throw damaged(path, `it stands on over ${MAX_CHAIN} disks`);
    const parent = await readLayer(await findParent(child));
    if (parent.uuid !== child.header?.parentUuid) {
      throw damaged(
        child.path,
        `its parent ${parent.path} has the id ${parent.uuid}, ${child.header?.parentUuid} is wanted`,
      );
    }
    chain.push(parent);
  }
  return chain;
}

async function readLayer(path: string): Promise<VhdLayer> {
  using file = await Deno.open(path, { read: true });
  const whole = { path, offset: 0, sizeBytes: (await file.stat()).size };
  const read = (at: number, length: number): Promise<Uint8Array> => readWindow(file, whole, at, length);
  const [footer] = await readFooters(file, whole);
  if (footer === undefined) throw damaged(path, "its footer is missing or has a wrong checksum");
  if (footer.type === "fixed") return { ...footer, path, header: null, parentNames: [] };
  const header = parseHeader(await read(footer.headerOffset, HEADER_BYTES));
  if (header === null) throw damaged(path, "its header is missing or has a wrong checksum");
  const names = [header.parentName];
  for (const { offset, length } of header.locators) {
    if (length > MAX_LOCATOR_BYTES) throw damaged(path, "a parent locator is too long");
    names.push(new TextDecoder("utf-16le").decode(await read(offset, length)));
  }
  return { ...footer, path, header, parentNames: fileNames(names) };
}

/** The footers that are sound: the one at the end, which counts, and the copy at the start, there to replace it. */
async function readFooters(file: Deno.FsFile, disk: Window): Promise<VhdFooter[]> {
  const places = [Math.max(0, disk.sizeBytes - FOOTER_BYTES), 0];
  const footers: (VhdFooter | null)[] = [];
  for (const at of places) footers.push(parseFooter(await readWindow(file, disk, at, FOOTER_BYTES)));
  return footers.filter((footer) => footer !== null);
}

async function findParent({ path, parentNames }: VhdLayer): Promise<string> {
  const found = await findBeside(path, parentNames);
  if (found !== null) return found;
  const name = parentNames.join(" or ") || "without a name";
  throw new MigrateError("source/missing", `Cannot read ${path}: its parent ${name} is missing.`, {
    hint: "Put the parent beside it, under this name.",
  });
}

function damaged(path: string, reason: string): MigrateError {
  return new MigrateError("source/damaged", `Cannot read ${path}: ${reason}.`, {
    hint: "Copy the whole chain again, or merge it: Convert-VHD -Path CHILD -DestinationPath WHOLE.",
  });
}
