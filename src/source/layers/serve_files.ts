/**
 * Layers in files of this machine as one image that qemu opens: a thread reads and serves them, and may reach nothing
 * but their folder and its socket.
 *
 * @module
 */
import { join } from "@std/path";
import type { SourceDisk } from "../../model/disk.ts";
import { nbdNode, socketFolder } from "../nbd/socket.ts";
import type { SourceContext } from "../source.ts";
import type { VhdLayer } from "../vhd/chain.ts";
import type { VhdxLayer } from "../vhdx/chain.ts";
import { askReader } from "../worker/ask.ts";
import { folderOf } from "../worker/folder.ts";

/** The disks of a chain, the top first. */
export type Chain =
  | { readonly kind: "vhd"; readonly layers: readonly VhdLayer[] }
  | { readonly kind: "vhdx"; readonly layers: readonly VhdxLayer[] };

/** What to serve, and where. */
export interface ServeRequest {
  /** The disks. */
  readonly chain: Chain;
  /** Path of the socket to listen on. */
  readonly socket: string;
}

/** What is served. */
export interface ServedFiles {
  /** The size that the guest sees, in bytes. */
  readonly virtualSizeBytes: number;
  /** Length of the files together, in bytes. */
  readonly fileBytes: number;
}

/**
 * Serves the layers until the end of the run.
 *
 * @throws {MigrateError} `source/damaged` or `run/cancelled`
 */
export async function serveLayers(chain: Chain, context: SourceContext): Promise<SourceDisk> {
  const files = chain.layers.map(({ path }) => path);
  const path = files[0] ?? "";
  const folder = await socketFolder(context), socket = join(folder, "disk");
  const worker = startWorker(path, folder, socket);
  context.resources.defer(() => worker.terminate());
  const request: ServeRequest = { chain, socket };
  const served = await askReader<ServedFiles>(worker, request, {
    path,
    signal: context.signal,
    staysOpen: true,
  });
  return {
    path,
    image: `json:${JSON.stringify(nbdNode(socket, "raw"))}`,
    format: "raw",
    virtualSizeBytes: served.virtualSizeBytes,
    allocatedSizeBytes: served.fileBytes,
    files,
    detail: `differencing, ${files.length} disks`,
  };
}

function startWorker(path: string, folder: string, socket: string): Worker {
  const read = folderOf(path).read;
  const start = (net: boolean | string[]): Worker =>
    new Worker(new URL("./worker.ts", import.meta.url), {
      type: "module",
      name: "layers",
      deno: {
        permissions: { read: read === "inherit" ? read : [...read, folder], write: [folder], net },
      },
    });
  try {
    return start([`unix:${socket}`]);
  } catch (error) {
    // Deno before 2.9 has no name for a socket that is a file.
    if (!(error instanceof URIError)) throw error;
    return start(true);
  }
}
