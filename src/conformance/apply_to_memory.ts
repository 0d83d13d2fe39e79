/**
 * Makes planned changes in a guest in memory, as `apply.ts` makes them in a real one.
 *
 * @module
 */
import type { Change } from "../model/change.ts";
import type { MemoryFiles } from "./memory_files.ts";

/** Makes every change in order. */
export async function applyToMemory(files: MemoryFiles, changes: readonly Change[]): Promise<void> {
  for (const change of changes) {
    if (change.kind === "text") {
      if (change.after === null) files.delete(change.path);
      else files.set(change.path, change.after);
      continue;
    }
    if (change.kind === "link") {
      if (change.after === null) files.delete(change.path);
      else files.set(change.path, { link: change.after });
      continue;
    }
    if (change.kind === "size") throw new Error("a guest in memory has no devices");
    if (change.kind === "command") throw new Error("no program runs in a guest in memory");
    const hostPath = await Deno.makeTempFile();
    if (change.kind === "copy") {
      await files.download(change.from, hostPath);
      files.set(change.path, await Deno.readFile(hostPath));
      await Deno.remove(hostPath);
      continue;
    }
    await files.download(change.path, hostPath);
    const before = (await Deno.readFile(hostPath)).subarray(0, change.lengthBefore);
    await Deno.remove(hostPath);
    const bytes = new Uint8Array([...before, ...await Deno.readFile(change.contentFile)]);
    if (change.patch !== undefined) bytes.set(Uint8Array.fromHex(change.patch.after), change.patch.offset);
    files.set(change.path, bytes);
  }
}
