/**
 * A layered disk as an image that qemu opens.
 *
 * @module
 */
import { join } from "@std/path";
import type { SourceDisk } from "../../model/disk.ts";
import { NbdServer } from "../nbd/server.ts";
import { nbdNode, socketFolder } from "../nbd/socket.ts";
import type { SourceContext } from "../source.ts";
import { type FileLayer, type Layer, LayeredDisk } from "./layered_disk.ts";

/** What of a disk comes from being served. */
export type ServedDisk = Pick<SourceDisk, "image" | "format" | "virtualSizeBytes">;

/** Serves layers in files of this machine, the top first, until the end of the run. */
export async function serveLayers(
  layers: readonly FileLayer[],
  context: SourceContext,
  detail: string,
): Promise<SourceDisk> {
  const files = layers.map(({ whole }) => whole.path);
  return {
    path: files[0] ?? "",
    ...serveAt(join(await socketFolder(context), "disk"), layers, context),
    allocatedSizeBytes: layers.reduce((sum, { whole }) => sum + whole.sizeBytes, 0),
    files,
    detail,
  };
}

/** Serves layers, the top first, on a socket until the end of the run. */
export function serveAt(socket: string, layers: readonly Layer[], { resources }: SourceContext): ServedDisk {
  const disk = new LayeredDisk(layers);
  resources.use(new NbdServer(socket, disk));
  return {
    image: `json:${JSON.stringify(nbdNode(socket, "raw"))}`,
    format: "raw",
    virtualSizeBytes: disk.sizeBytes,
  };
}
