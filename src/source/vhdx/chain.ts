/**
 * The chain of a differencing VHDX: each parent is found beside its child by name, and must be the very disk that the
 * child was made on.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import { readWindow, type Window } from "../input/window.ts";
import type { DiskLook } from "../layers/chain.ts";
import { fileNames, findBeside } from "../layers/parent_file.ts";
import {
  HEADER_BYTES,
  HEADERS_AT,
  METADATA_BYTES,
  parseHeader,
  parseMetadata,
  parseRegions,
  REGION_TABLE_BYTES,
  REGION_TABLES_AT,
  SIGNATURE,
  type VhdxHeader,
  type VhdxMetadata,
  type VhdxRegions,
} from "./format.ts";

/** One disk of a chain. */
export interface VhdxLayer extends VhdxMetadata, VhdxRegions {
  /** Path of the file. */
  readonly path: string;
  /** The header that counts. */
  readonly header: VhdxHeader;
}

const MAX_CHAIN = 64;

/** Whether a VHDX stands on another. */
export async function lookAtVhdx(disk: Window): Promise<DiskLook> {
  return { isDifferencing: ((await readLayer(disk))?.parent ?? null) !== null };
}

/**
 * Reads a disk and its parents, the disk first.
 *
 * @throws {MigrateError} `source/missing`, `source/damaged` or `source/unsupported`, naming the disk
 */
export async function readVhdxChain(path: string): Promise<VhdxLayer[]> {
  const chain: VhdxLayer[] = [];
  for (let next: string | null = path; next !== null;) {
    const { size: sizeBytes } = await Deno.stat(next);
    const layer: VhdxLayer | null = await readLayer({ path: next, offset: 0, sizeBytes });
    if (layer === null) throw damaged(next, "its headers or its metadata are damaged");
    const child = chain.at(-1);
    const wanted = child?.parent?.dataIds ?? [];
    if (child !== undefined && !wanted.includes(layer.header.dataId)) {
      const ids = wanted.join(" or ") || "none";
      throw damaged(child.path, `its parent ${next} has the id ${layer.header.dataId}, ${ids} is wanted`);
    }
    if (layer.header.hasLog) throw unfinished(next);
    if (chain.length >= MAX_CHAIN) throw damaged(path, `it stands on over ${MAX_CHAIN} disks`);
    chain.push(layer);
    next = layer.parent === null ? null : await findParent(layer);
  }
  return chain;
}

async function readLayer(whole: Window): Promise<VhdxLayer | null> {
  using file = await Deno.open(whole.path, { read: true });
  const read = (at: number, length: number): Promise<Uint8Array> => readWindow(file, whole, at, length);
  if (new TextDecoder("latin1").decode(await read(0, SIGNATURE.length)) !== SIGNATURE) return null;
  const headers = [];
  for (const at of HEADERS_AT) headers.push(parseHeader(await read(at, HEADER_BYTES)));
  const [header] = headers.filter((one) => one !== null).sort((a, b) => Number(b.sequence - a.sequence));
  let regions: VhdxRegions | null = null;
  for (const at of REGION_TABLES_AT) regions ??= parseRegions(await read(at, REGION_TABLE_BYTES));
  if (header === undefined || regions === null) return null;
  const metadata = parseMetadata(await read(regions.metadata.offset, METADATA_BYTES));
  return metadata === null ? null : { path: whole.path, header, ...regions, ...metadata };
}

async function findParent({ path, parent }: VhdxLayer): Promise<string> {
  const names = fileNames(parent?.paths ?? []);
  const found = await findBeside(path, names);
  if (found !== null) return found;
  const name = names.join(" or ") || "without a name";
  throw new MigrateError("source/missing", `Cannot read ${path}: its parent ${name} is missing.`, {
    hint: "Put the parent beside it, under this name.",
  });
}

function unfinished(path: string): MigrateError {
  return new MigrateError("source/unsupported", `Cannot read ${path}: changes are left in its log.`, {
    hint: "Shut the machine down, or mount the disk once on the Hyper-V host, and copy it again.",
  });
}

function damaged(path: string, reason: string): MigrateError {
  return new MigrateError("source/damaged", `Cannot read ${path}: ${reason}.`, {
    hint: "Copy the whole chain again, or merge it: Convert-VHD -Path CHILD -DestinationPath WHOLE.",
  });
}
