/**
 * Snapshot chains of VMware disks: each link names its parent's file and content id.
 *
 * Format: VMware "Virtual Disk Format 5.0", "The Descriptor File", entries CID, parentCID and
 * parentFileNameHint.
 *
 * @module
 */
import { basename, dirname, isAbsolute, join, resolve } from "@std/path";
import { MigrateError } from "../../model/error.ts";
import { namedFileSize } from "../input/named_file.ts";
import {
  type Descriptor,
  descriptorText,
  isDescriptorFile,
  NO_PARENT,
  parseDescriptor,
} from "./descriptor.ts";
import { checkExtents } from "./extents.ts";

/** One disk of a chain. */
export interface Link {
  /** The file that holds the descriptor. */
  readonly path: string;
  /** What it says; null for an extent that has none. */
  readonly descriptor: Descriptor | null;
  /** The files with the data: its extents, or the file itself. */
  readonly extents: readonly string[];
}

/** Most links that are followed; VMware allows 32 snapshots. */
const MAX_LINKS = 64;
const HEAD_BYTES = 128 * 1024;

/**
 * The chain from the disk that is named down to the base.
 *
 * @throws {MigrateError} `source/damaged` for a parent or an extent that is missing or changed
 */
export async function readChain(path: string): Promise<Link[]> {
  const links = [await readLink(path)];
  for (;;) {
    const child = links.at(-1);
    const parentCid = child?.descriptor?.parentCid ?? NO_PARENT;
    if (child === undefined || parentCid === NO_PARENT) return links;
    const parent = await readLink(await findParent(child));
    const cid = parent.descriptor?.cid ?? "none";
    if (cid !== parentCid) throw changed(child.path, parent.path, parentCid, cid);
    const seen = links.some((link) => resolve(link.path) === resolve(parent.path));
    if (seen || links.length >= MAX_LINKS) throw endless(path);
    links.push(parent);
  }
}

/**
 * What qemu opens for a chain: the top's path where qemu finds the parents by itself, else a `json:`
 * description that names each.
 */
export function chainImage(chain: readonly Link[]): string {
  const found = chain.every((link, index) => {
    const parent = chain[index + 1];
    return parent === undefined || resolve(hintPath(link)) === resolve(parent.path);
  });
  const [top] = chain;
  if (top !== undefined && (chain.length === 1 || found)) return resolve(top.path);
  const node = chain.toReversed().reduce<Record<string, unknown> | undefined>((backing, { path }) => ({
    driver: "vmdk",
    file: { driver: "file", filename: resolve(path) },
    ...(backing === undefined ? {} : { backing }),
  }), undefined);
  return `json:${JSON.stringify(node)}`;
}

async function readLink(path: string): Promise<Link> {
  const bytes = await firstBytes(path);
  const text = descriptorText(bytes);
  if (text === null) return { path, descriptor: null, extents: [path] };
  const descriptor = parseDescriptor(text);
  const extents = isDescriptorFile(bytes) ? await checkExtents(path, descriptor) : [path];
  return { path, descriptor, extents };
}

async function firstBytes(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path, { read: true });
  const bytes = new Uint8Array(HEAD_BYTES);
  let length = 0;
  for (let read; length < bytes.length && (read = await file.read(bytes.subarray(length))) !== null;) {
    length += read;
  }
  return bytes.subarray(0, length);
}

/** Where a link's hint points. A colon before the first slash would make qemu see a protocol. */
function hintPath({ path, descriptor }: Link): string {
  const hint = descriptor?.parentFile ?? "";
  if (/^[^/]*:/.test(hint)) return "";
  return isAbsolute(hint) ? hint : join(dirname(path), hint);
}

/** The parent's file: as the hint says, or beside the child, because hints keep paths of other hosts. */
async function findParent(child: Link): Promise<string> {
  const hint = child.descriptor?.parentFile ?? "";
  const beside = join(dirname(child.path), basename(hint.replaceAll("\\", "/")));
  for (const candidate of [hintPath(child), beside]) {
    if (await namedFileSize(candidate) !== null) return candidate;
  }
  const missing = hint === "" ? "which it does not name" : hint;
  throw new MigrateError("source/damaged", `Cannot read ${child.path}: its parent, ${missing}, is missing.`, {
    hint: "Put all disks of the snapshot chain into one folder, or consolidate the snapshots in VMware.",
  });
}

function changed(child: string, parent: string, wanted: string, found: string): MigrateError {
  return new MigrateError(
    "source/damaged",
    `Cannot read ${child}: its parent ${parent} has the content id ${found}, not ${wanted}.`,
    { hint: "The parent was written after the snapshot was made: take both from one backup or export." },
  );
}

function endless(path: string): MigrateError {
  return new MigrateError(
    "source/damaged",
    `Cannot read ${path}: its snapshot chain is a circle, or longer than ${MAX_LINKS} disks.`,
    { hint: "Consolidate the snapshots in VMware." },
  );
}
