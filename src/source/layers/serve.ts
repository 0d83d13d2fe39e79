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
import { type Layer, LayeredDisk } from "./layered_disk.ts";

/** Serves the layers, the top first, until the end of the run. */
export async function serveLayers(
  layers: readonly Layer[],
  context: SourceContext,
  detail: string,
): Promise<SourceDisk> {
  const disk = new LayeredDisk(layers);
  const socket = join(await socketFolder(context), "disk");
  context.resources.use(new NbdServer(socket, disk));
  const files = layers.map(({ whole }) => whole.path);
  return {
    path: files[0] ?? "",
    image: `json:${JSON.stringify(nbdNode(socket, "raw"))}`,
    format: "raw",
    virtualSizeBytes: disk.sizeBytes,
    allocatedSizeBytes: layers.reduce((sum, { whole }) => sum + whole.sizeBytes, 0),
    files,
    detail,
  };
}
