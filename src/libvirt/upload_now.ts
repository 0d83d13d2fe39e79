/**
 * Putting disks into a storage pool, on the thread that calls: the bytes go through libvirt's connection, so that the
 * pool may be on another host.
 *
 * @module
 */
import { basename } from "@std/path";
import type { Connection, StoragePool, StorageVolume } from "../../ffi/libvirt/mod.ts";
import { cancelled, MigrateError } from "../model/error.ts";
import { attribute, parseXml } from "../source/parse/xml.ts";
import { checkName } from "./define_now.ts";
import type { UploadDisk, UploadedVolume, UploadRequest } from "./requests.ts";
import { element, renderXml } from "./xml_builder.ts";

/** How an upload talks to its caller. */
export interface UploadTalk {
  /** Whether it is to stop. */
  readonly isCancelled: () => boolean;
  /** Receives how far it is. */
  readonly progress: (disk: number, doneBytes: number, totalBytes: number) => void;
}

/** How much is sent at a time. */
const CHUNK_BYTES = 4 * 1024 * 1024;
/** Pools whose volumes are block devices; those of all others are files. */
const DEVICE_POOLS: ReadonlySet<string> = new Set([
  "logical",
  "disk",
  "iscsi",
  "scsi",
  "mpath",
  "iscsi-direct",
]);

/**
 * Uploads disks; volumes that it has made go again when it fails.
 *
 * @throws {MigrateError} `usage/output-exists` for a volume of the same name, `usage/bad-value` for a pool that is not
 * there, `run/cancelled`; libvirt's own errors
 */
export async function uploadNow(
  connection: Connection,
  { uri, pool: wanted, name, disks, replace }: UploadRequest,
  talk: UploadTalk,
): Promise<UploadedVolume[]> {
  checkName(connection, { name, uri, replace }); // before hours of copying, not after
  using pool = openPool(connection, wanted, uri);
  pool.refresh();
  for (const disk of disks) checkFree(pool, basename(disk.path), replace);
  const isDevice = DEVICE_POOLS.has(attribute(parseXml(pool.xml()), "type") ?? "");
  const made: StorageVolume[] = [];
  try {
    for (const [index, disk] of disks.entries()) {
      using old = pool.findVolume(basename(disk.path));
      old?.delete();
      const volume = pool.createVolume(volumeXml(disk));
      made.push(volume);
      await send(disk, volume, talk, index);
    }
    pool.refresh(); // sizes and formats as they are now
    return made.map((volume) => ({ path: volume.path(), isDevice }));
  } catch (error) {
    for (const volume of made) volume.delete();
    throw error;
  } finally {
    for (const volume of made) volume[Symbol.dispose]();
  }
}

/** Removes volumes by name; those that are not there are fine. */
export function discardVolumes(connection: Connection, pool: string, names: readonly string[]): null {
  using found = connection.findStoragePool(pool.split(":")[0] ?? "");
  for (const name of names) {
    using volume = found?.findVolume(name);
    volume?.delete();
  }
  return null;
}

function openPool(connection: Connection, wanted: string, uri: string): StoragePool {
  const colon = wanted.indexOf(":");
  const name = colon === -1 ? wanted : wanted.slice(0, colon);
  const found = connection.findStoragePool(name) ??
    (colon === -1 ? null : makePool(connection, name, wanted.slice(colon + 1)));
  if (found === null) {
    const names = connection.listStoragePools().map((pool) => {
      using held = pool;
      return held.name();
    });
    throw new MigrateError(
      "usage/bad-value",
      `Cannot use the storage pool ${name}: ${uri} has none of that name.`,
      {
        hint: names.length === 0
          ? `Make one: --pool ${name}:/var/lib/libvirt/images.`
          : `It has: ${names.join(", ")}.`,
      },
    );
  }
  if (!found.isActive()) found.create();
  return found;
}

/** A pool of files in a folder. */
function makePool(connection: Connection, name: string, folder: string): StoragePool {
  const xml = renderXml(element("pool", { type: "dir" }, [
    element("name", {}, name),
    element("target", {}, [element("path", {}, folder)]),
  ]));
  const pool = connection.defineStoragePool(xml);
  try {
    pool.build();
    pool.create();
    pool.setAutostart(true);
    return pool;
  } catch (error) {
    pool.undefine();
    pool[Symbol.dispose]();
    throw error;
  }
}

function checkFree(pool: StoragePool, name: string, replace: boolean): void {
  using volume = pool.findVolume(name);
  if (volume === null || replace) return;
  throw new MigrateError(
    "usage/output-exists",
    `Cannot put ${name} into ${pool.name()}: it has a volume of that name.`,
    {
      hint: "Give --replace to replace it, or another name with --name.",
    },
  );
}

/** A volume of the disk's size; nothing is allocated for it before bytes come. */
function volumeXml({ path, format, virtualSizeBytes }: UploadDisk): string {
  return renderXml(element("volume", {}, [
    element("name", {}, basename(path)),
    element("capacity", { unit: "bytes" }, virtualSizeBytes),
    element("allocation", { unit: "bytes" }, 0),
    element("target", {}, [element("format", { type: format })]),
  ]));
}

async function send(disk: UploadDisk, volume: StorageVolume, talk: UploadTalk, index: number): Promise<void> {
  using file = await Deno.open(disk.path);
  const { size } = await file.stat();
  using stream = volume.upload(size);
  const buffer = new Uint8Array(CHUNK_BYTES);
  let doneBytes = 0;
  for (let count; (count = await file.read(buffer)) !== null;) {
    if (talk.isCancelled()) throw cancelled("define");
    stream.sendSparse(buffer.subarray(0, count));
    doneBytes += count;
    talk.progress(index, doneBytes, size);
    // The word to stop comes as a message.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  stream.finish();
}
