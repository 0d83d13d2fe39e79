/**
 * VMware disks read in place. qemu reads a disk in one file by itself, and a flat one as the raw bytes that it is; it
 * takes no socket for the extents and parents that a descriptor names, so these are put together here.
 *
 * @module
 */
import type { SourceDisk } from "../../model/disk.ts";
import { MigrateError } from "../../model/error.ts";
import type { Layer } from "../layers/layered_disk.ts";
import { nbdNode } from "../nbd/socket.ts";
import type { InputHead } from "../source.ts";
import { chainDetail, type Link, readChain } from "../vmdk/chain.ts";
import { SECTOR } from "../vmdk/descriptor.ts";
import { FLAT_TYPES } from "../vmdk/extents.ts";
import { openVmdkLayer } from "../vmdk/layer.ts";
import type { DiskPlace } from "../vmdk/place.ts";
import type { ExtentFile } from "../vmdk/sparse_extent.ts";
import { type RemoteDisks, resolveRemote, type ServedFile } from "./remote_disks.ts";

/** Most files of a disk: each takes a program here and a connection to the host. */
const MAX_FILES = 100;

/**
 * Describes a disk.
 *
 * @throws {MigrateError} `source/damaged` for it, its extents or its parents, `source/unsupported` for one that has
 * to be downloaded, or `network/failed`
 */
export async function streamVmdk(path: string, head: InputHead, remote: RemoteDisks): Promise<SourceDisk> {
  const chain = await readChain(path, placeOf(path, head, remote));
  const [top] = chain;
  if (top === undefined || chain.length > 1) return await streamChain(chain, head.path, remote);
  if (!top.isDescriptor) return await streamWhole(path, remote);
  const [extent, ...more] = top.descriptor?.extents ?? [];
  const isFlat = extent !== undefined && more.length === 0 && FLAT_TYPES.has(extent.type);
  return isFlat ? await streamFlat(top, head.path, remote) : await streamChain(chain, head.path, remote);
}

/** The far side, as far as a disk of not too many files is there. */
function placeOf(top: string, { path: address, bytes }: InputHead, remote: RemoteDisks): DiskPlace {
  const named = new Set<string>();
  return {
    firstBytes: async (path) => path === top ? bytes : (await remote.head(path)).bytes,
    sizesOf: async (paths) => {
      paths.forEach((path) => named.add(path));
      if (named.size > MAX_FILES) throw tooMany(address);
      // Nothing has a name with such a character, and no command takes it.
      return await remote.sizesOf(paths.map((path) => path.includes("\0") ? "/" : path));
    },
    pathOf: resolveRemote,
    nameOf: (path) => remote.address(path),
  };
}

/** A disk in one file. */
async function streamWhole(path: string, remote: RemoteDisks): Promise<SourceDisk> {
  const served = await remote.serve(path);
  // Without a backing file: a hint for one would be looked for on this host.
  return await remote.describe({ ...nbdNode(served.socket, "vmdk"), backing: null }, served);
}

/** A descriptor of one flat extent. */
async function streamFlat(
  { descriptor, extents }: Link,
  address: string,
  remote: RemoteDisks,
): Promise<SourceDisk> {
  const extent = descriptor!.extents[0]!;
  const served = await remote.serve(extents[0]!);
  const offset = extent.offsetSectors * SECTOR, size = extent.sectors * SECTOR;
  const node = { ...nbdNode(served.socket, "raw"), offset, size };
  return { ...await remote.describe(node, served, descriptor!.createType), path: address };
}

/** Disks in several files, the top first: each file is served by itself, and read here. */
async function streamChain(
  chain: readonly Link[],
  address: string,
  remote: RemoteDisks,
): Promise<SourceDisk> {
  const served = new Map<string, { readonly server: ServedFile; readonly file: ExtentFile }>();
  const open = async (path: string): Promise<ExtentFile> => {
    const known = served.get(path);
    if (known !== undefined) return known.file;
    const server = await remote.serve(path);
    const file = await remote.open(server);
    served.set(path, { server, file });
    return file;
  };
  const layers: Layer[] = [];
  for (const link of chain) layers.push(await openVmdkLayer(link, open));
  const files = [...served.values()].map(({ server }) => server);
  return {
    path: address,
    ...remote.serveLayers(layers),
    allocatedSizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
    files: [],
    remoteFiles: files.map(({ address, sizeBytes, mtimeMs }) => ({ address, sizeBytes, mtimeMs })),
    detail: chainDetail(chain[0]?.descriptor?.createType, chain.length, "read in place"),
  };
}

function tooMany(address: string): MigrateError {
  return new MigrateError(
    "source/unsupported",
    `Cannot stream ${address}: it is in over ${MAX_FILES} files.`,
    {
      hint: "Leave out --stream: they are then downloaded. Or consolidate its snapshots in VMware.",
    },
  );
}
