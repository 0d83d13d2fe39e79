/**
 * Whether VMware disks are complete and stand on what they were made on. This runs in a thread of its own.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import { readInto, wholeFile, type Window } from "../input/window.ts";
import { type Link, readChain } from "./chain.ts";
import {
  type Descriptor,
  descriptorText,
  isDescriptorFile,
  isSparse,
  NO_PARENT,
  parseDescriptor,
} from "./descriptor.ts";
import { checkComplete, FLAT_TYPES } from "./extents.ts";
import { HEAD_BYTES } from "./place.ts";
import { hasCapacity } from "./sparse_header.ts";

/** One disk of a chain, looked at. */
export interface CheckedLink extends Link {
  /** Whether its extents are of the types that are checked here, and whole. */
  readonly isChecked: boolean;
}

/**
 * The chain of a disk in files of its own.
 *
 * @throws {MigrateError} as {@linkcode readChain} and {@linkcode checkComplete}
 */
export async function checkFiles(path: string): Promise<CheckedLink[]> {
  const links: CheckedLink[] = [];
  for (const link of await readChain(path)) links.push({ ...link, isChecked: await isChecked(link) });
  return links;
}

/** qemu-img check does the same again for these, and takes longer. */
async function isChecked({ extents, descriptor }: Link): Promise<boolean> {
  const inFiles = descriptor?.extents.filter((extent) => extent.file !== "") ?? [];
  let all = true;
  for (const [index, file] of extents.entries()) {
    // A flat extent begins with what the guest wrote, which may look like a header.
    if (FLAT_TYPES.has(inFiles[index]?.type ?? "")) continue;
    if (!await checkComplete(await wholeFile(file))) all = false;
  }
  return all;
}

/**
 * A disk that lies in an archive and is read there, which must be whole by itself; whether its extent was checked.
 *
 * @throws {MigrateError} `source/unsupported`, and as {@linkcode checkComplete}
 */
export async function checkInside(window: Window): Promise<boolean> {
  const bytes = await headOf(window);
  const text = descriptorText(bytes);
  refuseOthers(window.path, bytes, text === null ? null : parseDescriptor(text));
  return await checkComplete(window);
}

/** Used again for every disk of an archive. */
const head = new Uint8Array(HEAD_BYTES);

async function headOf(window: Window): Promise<Uint8Array> {
  using file = await Deno.open(window.path, { read: true });
  return await readInto(file, window, 0, head);
}

/** Refuses what would make qemu open other files: foreign data must not choose files of this host. */
function refuseOthers(path: string, bytes: Uint8Array, descriptor: Descriptor | null): void {
  const reason = isDescriptorFile(bytes)
    ? "a VMware disk in it is a descriptor of other files"
    : (descriptor === null && isSparse(bytes)) || !hasCapacity(bytes)
    ? "a VMware disk in it has no descriptor or no capacity"
    : descriptor !== null && descriptor.parentCid !== NO_PARENT
    ? `a VMware disk in it is a snapshot of ${descriptor.parentFile ?? "another disk"}`
    : null;
  if (reason === null) return;
  throw new MigrateError("source/unsupported", `Cannot read ${path}: ${reason}.`, {
    hint: "Unpack it by hand if you trust it, and name the disk inside.",
  });
}
