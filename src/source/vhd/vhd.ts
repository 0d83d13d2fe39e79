/**
 * Hyper-V's older disks: fixed and dynamic ones are opened by qemu, a differencing one is put
 * together with its parents while it is read: qemu (7.2 and before) reads zeros where the child has nothing.
 *
 * @module
 */
import { describeImage } from "../disk_image.ts";
import { serveLayers } from "../layers/serve.ts";
import type { FoundMachine, InputHead, Source, SourceContext } from "../source.ts";
import { readVhdChain } from "./chain.ts";
import { FOOTER_COOKIE, isDifferencing, parseFooter } from "./format.ts";
import { openVhdLayer } from "./layer.ts";

async function read(head: InputHead, context: SourceContext): Promise<FoundMachine> {
  if (!isDifferencing(head.tail) && !isDifferencing(head.bytes)) {
    const detail = parseFooter(head.tail)?.type ?? parseFooter(head.bytes)?.type;
    return await describeImage("vpc", head, context, detail);
  }
  const chain = await readVhdChain(head.path);
  const layers = [];
  for (const layer of chain) layers.push(await openVhdLayer(layer, context.resources));
  return { disks: [await serveLayers(layers, context, `differencing, ${chain.length} disks`)] };
}

function hasCookie(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes.subarray(0, FOOTER_COOKIE.length)) === FOOTER_COOKIE;
}

/** VHD of every type. A fixed one shows itself only by its last 512 bytes. */
export const vhd: Source = {
  kind: "vhd",
  title: "Hyper-V disk (VHD)",
  inPlace: true,
  matches: ({ bytes, tail }) => hasCookie(bytes) || hasCookie(tail),
  read,
};
