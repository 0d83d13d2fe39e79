/**
 * Hyper-V's older disks: fixed and dynamic ones are opened by qemu, a differencing one is merged with its
 * parents into the work folder.
 *
 * @module
 */
import { join } from "@std/path";
import { limitsOf, UnpackGuard } from "../archive/limits.ts";
import { writeSparse } from "../archive/sparse_file.ts";
import { describeImage } from "../disk_image.ts";
import type { FoundMachine, InputHead, Source, SourceContext } from "../source.ts";
import { readVhdChain } from "./chain.ts";
import { FOOTER_COOKIE, isDifferencing, parseFooter } from "./format.ts";
import { mergeVhd } from "./merge.ts";

async function read(head: InputHead, context: SourceContext): Promise<FoundMachine> {
  if (!isDifferencing(head.tail) && !isDifferencing(head.bytes)) {
    const detail = parseFooter(head.tail)?.type ?? parseFooter(head.bytes)?.type;
    return await describeImage("vpc", head, context, detail);
  }
  const chain = await readVhdChain(head.path);
  const folder = await Deno.makeTempDir({ dir: await context.workDir(), prefix: "merged-" });
  const path = join(folder, "disk.raw");
  const guard = new UnpackGuard(head.path, limitsOf(context));
  // Nothing is compressed here: what is written was read.
  const observer = { unpacked: (bytes: number) => guard.unpacked(bytes), written: () => {} };
  await writeSparse(mergeVhd(chain), path, observer, context.signal);
  const merged = await describeImage(
    "raw",
    { ...head, path },
    context,
    `differencing, ${chain.length} disks`,
  );
  const files = chain.map((layer) => layer.path);
  return { ...merged, disks: merged.disks.map((disk) => ({ ...disk, path: head.path, files })) };
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
