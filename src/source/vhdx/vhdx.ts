/**
 * Hyper-V's disks: qemu opens one that stands alone; one with parents is put together with them while it is read,
 * because qemu refuses it.
 *
 * @module
 */
import { describeImage } from "../disk_image.ts";
import { serveLayers } from "../layers/serve.ts";
import type { FoundMachine, InputHead, Source, SourceContext } from "../source.ts";
import { hasParent, readVhdxChain } from "./chain.ts";
import { SIGNATURE } from "./format.ts";
import { openVhdxLayer } from "./layer.ts";

async function read(head: InputHead, context: SourceContext): Promise<FoundMachine> {
  const whole = head.inside ?? { path: head.path, offset: 0, sizeBytes: head.sizeBytes };
  if (!await hasParent(whole)) return await describeImage("vhdx", head, context);
  const chain = await readVhdxChain(head.path);
  const layers = [];
  for (const layer of chain) layers.push(await openVhdxLayer(layer, context.resources));
  return { disks: [await serveLayers(layers, context, `differencing, ${chain.length} disks`)] };
}

/** Whether the first bytes are those of a VHDX. */
export function isVhdx(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes.subarray(0, SIGNATURE.length)) === SIGNATURE;
}

/** VHDX. */
export const vhdx: Source = {
  kind: "vhdx",
  title: "Hyper-V disk (VHDX)",
  inPlace: true,
  matches: ({ bytes }) => isVhdx(bytes),
  read,
};
