/**
 * Hyper-V's older disks: fixed and dynamic ones are opened by qemu, a differencing one is put
 * together with its parents while it is read: qemu (7.2 and before) reads zeros where the child has nothing.
 *
 * @module
 */
import { describeImage } from "../disk_image.ts";
import { wholeInput } from "../input/input_head.ts";
import { lookAtDisk, readChain } from "../layers/chain.ts";
import { serveLayers } from "../layers/serve_files.ts";
import type { FoundMachine, InputHead, Source, SourceContext } from "../source.ts";
import { isVhd } from "./format.ts";

async function read(head: InputHead, context: SourceContext): Promise<FoundMachine> {
  const disk = wholeInput(head);
  const { isDifferencing, type } = await lookAtDisk("vhd", disk, context.signal);
  if (!isDifferencing) return await describeImage("vpc", head, context, type);
  return { disks: [await serveLayers(await readChain("vhd", disk, context.signal), context)] };
}

/** VHD of every type. */
export const vhd: Source = {
  kind: "vhd",
  title: "Hyper-V disk (VHD)",
  inPlace: true,
  matches: isVhd,
  read,
};
