/**
 * The thread that serves a layered disk. It may read the folder of the disks and listen on its socket, and ends when
 * the run ends it.
 *
 * @module
 */
import { NbdServer } from "../nbd/server.ts";
import { openVhdLayer } from "../vhd/layer.ts";
import { openVhdxLayer } from "../vhdx/layer.ts";
import { answer } from "../worker/answer.ts";
import { type FileLayer, LayeredDisk } from "./layered_disk.ts";
import type { Chain, ServedFiles, ServeRequest } from "./serve_files.ts";

answer(async ({ chain, socket }: ServeRequest): Promise<ServedFiles> => {
  const layers = await open(chain);
  const disk = new LayeredDisk(layers);
  new NbdServer(socket, disk);
  return {
    virtualSizeBytes: disk.sizeBytes,
    fileBytes: layers.reduce((sum, { whole }) => sum + whole.sizeBytes, 0),
  };
});

async function open(chain: Chain): Promise<FileLayer[]> {
  const layers: FileLayer[] = [];
  if (chain.kind === "vhd") { for (const layer of chain.layers) layers.push(await openVhdLayer(layer)); }
  else for (const layer of chain.layers) layers.push(await openVhdxLayer(layer));
  return layers;
}
