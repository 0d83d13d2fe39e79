/**
 * SHA-256 of finished disks, and the manifest that `sha256sum --check` reads.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename } from "@std/path";
import type { OutputDisk } from "../model/disk.ts";
import { cancelled } from "../model/error.ts";

/** SHA-256 of a file in hex. */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const buffer = new Uint8Array(1 << 20);
  for (let read; (read = await file.read(buffer)) !== null;) {
    if (signal?.aborted) throw cancelled("verify");
    hash.update(buffer.subarray(0, read));
  }
  return hash.digest("hex");
}

/** Adds the SHA-256 to each disk and writes it to DISK.sha256 beside it. */
export async function checksums(disks: readonly OutputDisk[], signal?: AbortSignal): Promise<OutputDisk[]> {
  const summed: OutputDisk[] = [];
  for (const disk of disks) {
    const sha256 = await sha256OfFile(disk.path, signal);
    await Deno.writeTextFile(`${disk.path}.sha256.partial`, `${sha256}  ${basename(disk.path)}\n`);
    await Deno.rename(`${disk.path}.sha256.partial`, `${disk.path}.sha256`);
    summed.push({ ...disk, sha256 });
  }
  return summed;
}
