/**
 * VMware disks read in place: a disk in one file by qemu's own reader, a flat one as the raw bytes that it is.
 * qemu takes no socket for the extents and parents that a descriptor names, so disks in several files are downloaded.
 *
 * @module
 */
import type { SourceDisk } from "../../model/disk.ts";
import { MigrateError } from "../../model/error.ts";
import { nbdNode } from "../nbd/socket.ts";
import type { InputHead } from "../source.ts";
import {
  type Descriptor,
  descriptorText,
  isDescriptorFile,
  NO_PARENT,
  parseDescriptor,
  SECTOR,
} from "../vmdk/descriptor.ts";
import { FLAT_TYPES } from "../vmdk/extents.ts";
import { type RemoteDisks, resolveRemote } from "./remote_disks.ts";

/**
 * Describes a disk.
 *
 * @throws {MigrateError} `source/damaged` or `source/missing` for its extent, `source/unsupported` for one that has
 * to be downloaded
 */
export async function streamVmdk(path: string, head: InputHead, remote: RemoteDisks): Promise<SourceDisk> {
  const text = descriptorText(head.bytes);
  const descriptor = text === null ? null : parseDescriptor(text);
  if ((descriptor?.parentCid ?? NO_PARENT) !== NO_PARENT) throw severalFiles(head.path, "it is a snapshot");
  if (descriptor !== null && isDescriptorFile(head.bytes)) {
    return { ...await streamFlat(path, head.path, descriptor, remote), path: head.path };
  }
  const served = await remote.serve(path);
  return await remote.describe(nbdNode(served.socket, "vmdk"), served);
}

/** A descriptor of one flat extent. */
async function streamFlat(
  path: string,
  address: string,
  { extents, createType }: Descriptor,
  remote: RemoteDisks,
): Promise<SourceDisk> {
  const [extent, ...more] = extents;
  if (extent === undefined) throw damaged(address, "its descriptor names no extents");
  if (!FLAT_TYPES.has(extent.type) || more.length > 0) {
    throw severalFiles(address, "the disk is in several files");
  }
  const served = await remote.serve(resolveRemote(path, extent.file));
  const offset = extent.offsetSectors * SECTOR, size = extent.sectors * SECTOR;
  if (served.sizeBytes < offset + size) {
    const needed = `${served.sizeBytes} bytes, ${offset + size} are described`;
    throw damaged(address, `its extent ${extent.file} has ${needed}`);
  }
  return await remote.describe({ ...nbdNode(served.socket, "raw"), offset, size }, served, createType);
}

function damaged(address: string, reason: string): MigrateError {
  return new MigrateError("source/damaged", `Cannot read ${address}: ${reason}.`, {
    hint: "The disk is incomplete over there.",
  });
}

function severalFiles(address: string, reason: string): MigrateError {
  return new MigrateError("source/unsupported", `Cannot stream ${address}: ${reason}.`, {
    hint: "Leave out --stream: its files are then downloaded. Or consolidate its snapshots in VMware.",
  });
}
