/**
 * A disk that is flat on its datastore: byte N of the disk is a byte of one of its extents, so that any part of it
 * can be read by itself.
 *
 * @module
 */
import { basename } from "@std/path";
import { MigrateError } from "../../model/error.ts";
import { NO_PARENT, parseDescriptor, SECTOR } from "../vmdk/descriptor.ts";
import { beside, type Datastores, parseDatastorePath } from "./datastore.ts";
import type { KnownFile } from "./transfer/download.ts";
import type { VmDisk } from "./machines/vm.ts";

/** One extent, and which bytes of the disk it holds. */
export interface FlatExtent extends KnownFile {
  /** Where it begins on the disk, in bytes. */
  readonly start: number;
  /** Where it ends on the disk, in bytes. */
  readonly end: number;
}

/** Largest descriptor that is read, in bytes. */
const MAX_DESCRIPTOR_BYTES = 1024 ** 2;

/**
 * Looks at the extents of a disk.
 *
 * @throws {MigrateError} `source/unsupported` for a disk that is no flat one
 */
export async function openFlat(datastores: Datastores, disk: VmDisk): Promise<FlatExtent[]> {
  const from = parseDatastorePath(disk.file);
  const { extents, parentCid, createType } = parseDescriptor(
    await datastores.readText(from, MAX_DESCRIPTOR_BYTES),
  );
  const isFlat = parentCid === NO_PARENT && extents.length > 0 &&
    extents.every(({ type, file, offsetSectors }) =>
      (type === "VMFS" || type === "FLAT") && file !== "" && basename(file) === file && offsetSectors === 0
    );
  if (!isFlat) throw notFlat(disk, createType);
  const found: FlatExtent[] = [];
  let start = 0;
  for (const extent of extents) {
    const file = beside(from, extent.file);
    const remote = await datastores.stat(file);
    const end = start + extent.sectors * SECTOR;
    if (remote.sizeBytes < end - start) throw short(disk, extent.file);
    found.push({ file, remote, start, end });
    start = end;
  }
  if (start !== disk.sizeBytes) throw short(disk, basename(from.path));
  return found;
}

function notFlat(disk: VmDisk, createType: string): MigrateError {
  return new MigrateError(
    "source/unsupported",
    `Cannot read parts of ${disk.file}: it is no flat disk (${createType}).`,
    { hint: "Remove the VM's snapshots first; RDMs and linked clones need vsphere export --mode nfc." },
  );
}

function short(disk: VmDisk, file: string): MigrateError {
  return new MigrateError(
    "source/damaged",
    `Cannot read ${disk.file}: the size of ${file} is not what the disk's is.`,
    { hint: "Check the VM's disks in vSphere." },
  );
}
