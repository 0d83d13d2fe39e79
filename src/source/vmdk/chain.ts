/**
 * Snapshot chains of VMware disks: each link names its parent's file and content id.
 *
 * Format: VMware "Virtual Disk Format 5.0", "The Descriptor File", entries CID, parentCID and
 * parentFileNameHint.
 *
 * @module
 */
import { basename, dirname, isAbsolute, join, normalize, resolve } from "@std/path";
import { MigrateError } from "../../model/error.ts";
import {
  type Descriptor,
  descriptorText,
  isDescriptorFile,
  NO_PARENT,
  parseDescriptor,
} from "./descriptor.ts";
import { checkExtents } from "./extents.ts";
import { type DiskPlace, localPlace } from "./place.ts";
import { hasCapacity } from "./sparse_header.ts";

/** One disk of a chain. */
export interface Link {
  /** The file that holds the descriptor. */
  readonly path: string;
  /** What it says; null for an extent that has none. */
  readonly descriptor: Descriptor | null;
  /** Whether the file is a descriptor and no more, with the data in others. */
  readonly isDescriptor: boolean;
  /** The files with the data: its extents, or the file itself. */
  readonly extents: readonly string[];
}

/** Most links that are followed; VMware allows 32 snapshots. */
const MAX_LINKS = 64;

/**
 * The chain from the disk that is named down to the base.
 *
 * @throws {MigrateError} `source/damaged` for a parent or an extent that is missing or changed
 */
export async function readChain(path: string, place: DiskPlace = localPlace): Promise<Link[]> {
  const links = [await readLink(path, place)];
  for (;;) {
    const child = links.at(-1);
    const parentCid = child?.descriptor?.parentCid ?? NO_PARENT;
    if (child === undefined || parentCid === NO_PARENT) return links;
    const parent = await readLink(await findParent(child, place), place);
    const cid = parent.descriptor?.cid ?? "none";
    if (cid !== parentCid) {
      throw changed(place.nameOf(child.path), place.nameOf(parent.path), parentCid, cid);
    }
    const seen = links.some((link) => normalize(link.path) === normalize(parent.path));
    if (seen || links.length >= MAX_LINKS) throw endless(place.nameOf(path));
    links.push(parent);
  }
}

/**
 * What qemu opens for a chain: the top's path where qemu finds the parents, and no others, by itself; else a `json:`
 * description that names each.
 */
export function chainImage(chain: readonly Link[]): string {
  const found = chain.every((link, index) => {
    const parent = chain[index + 1];
    if (parent === undefined) return link.descriptor?.parentFile === undefined;
    return resolve(hintPath(link)) === resolve(parent.path);
  });
  const [top] = chain;
  if (top !== undefined && found) return resolve(top.path);
  const node = chain.toReversed().reduce<Record<string, unknown> | null>((backing, { path }) => ({
    driver: "vmdk",
    file: { driver: "file", filename: resolve(path) },
    backing,
  }), null);
  return `json:${JSON.stringify(node)}`;
}

/** What a report says of a disk: its type, how many are below it, and what else there is to say. */
export function chainDetail(
  createType: string | undefined,
  length: number,
  ...more: readonly string[]
): string {
  const below = length > 1 ? `${length - 1} below it in the snapshot chain` : "";
  return [createType ?? "", below, ...more].filter((part) => part !== "").join(", ");
}

async function readLink(path: string, place: DiskPlace): Promise<Link> {
  const bytes = await place.firstBytes(path);
  if (!hasCapacity(bytes)) throw redirects(place.nameOf(path));
  const text = descriptorText(bytes);
  if (text === null) return { path, descriptor: null, isDescriptor: false, extents: [path] };
  const descriptor = parseDescriptor(text);
  const isDescriptor = isDescriptorFile(bytes);
  const extents = isDescriptor ? await checkExtents(path, descriptor, place) : [path];
  return { path, descriptor, isDescriptor, extents };
}

/** Where a link's hint points. A colon before the first slash would make qemu see a protocol. */
function hintPath({ path, descriptor }: Link): string {
  const hint = descriptor?.parentFile ?? "";
  if (/^[^/]*:/.test(hint)) return "";
  return isAbsolute(hint) ? hint : join(dirname(path), hint);
}

/** The parent's file: as the hint says, or beside the child, because hints keep paths of other hosts. */
async function findParent({ path, descriptor }: Link, place: DiskPlace): Promise<string> {
  const hint = descriptor?.parentFile ?? "";
  const candidates = [hint, basename(hint.replaceAll("\\", "/"))].map((name) => place.pathOf(path, name));
  const sizes = await place.sizesOf(candidates);
  const found = candidates.find((_, index) => sizes[index] !== null);
  if (found !== undefined) return found;
  const missing = hint === "" ? "which it does not name" : hint;
  const reason = `its parent, ${missing}, is missing`;
  throw new MigrateError("source/damaged", `Cannot read ${place.nameOf(path)}: ${reason}.`, {
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

function redirects(path: string): MigrateError {
  return new MigrateError("source/damaged", `Cannot read ${path}: its header says that it holds no disk.`, {
    hint: "Copy or export the disk again: the file is incomplete.",
  });
}

function endless(path: string): MigrateError {
  return new MigrateError(
    "source/damaged",
    `Cannot read ${path}: its snapshot chain is a circle, or longer than ${MAX_LINKS} disks.`,
    { hint: "Consolidate the snapshots in VMware." },
  );
}
