/**
 * Hyper-V's disks: qemu opens one that stands alone; one with parents is put together with them while it is read,
 * because qemu refuses it.
 *
 * @module
 */
import { describeImage } from "../disk_image.ts";
import { wholeInput } from "../input/input_head.ts";
import { lookAtDisk, readChain } from "../layers/chain.ts";
import { serveLayers } from "../layers/serve_files.ts";
import type { FoundMachine, InputHead, Source, SourceContext } from "../source.ts";
import { isVhdx } from "./format.ts";

async function read(head: InputHead, context: SourceContext): Promise<FoundMachine> {
  const disk = wholeInput(head);
  const { isDifferencing } = await lookAtDisk("vhdx", disk, context.signal);
  if (!isDifferencing) return await describeImage("vhdx", head, context);
  return { disks: [await serveLayers(await readChain("vhdx", disk, context.signal), context)] };
}

/** VHDX. */
export const vhdx: Source = {
  kind: "vhdx",
  title: "Hyper-V disk (VHDX)",
  inPlace: true,
  matches: ({ bytes }) => isVhdx(bytes),
  read,
};
