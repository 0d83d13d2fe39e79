/**
 * Puts a patch into a file of the host.
 *
 * @module
 */
import type { BytePatch } from "../model/change.ts";

/** Writes the bytes after, where they belong. */
export async function patchFile(hostPath: string, { offset, after }: BytePatch): Promise<void> {
  using file = await Deno.open(hostPath, { write: true });
  await file.seek(offset, Deno.SeekMode.Start);
  for (let rest = Uint8Array.fromHex(after); rest.length > 0;) rest = rest.subarray(await file.write(rest));
}
