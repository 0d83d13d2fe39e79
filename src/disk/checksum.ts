/**
 * SHA-256 of finished disks, and the manifest that `sha256sum --check` reads.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename } from "@std/path";
import type { OutputDisk } from "../model/disk.ts";
import { cancelled } from "../model/error.ts";
import { syncFile } from "../run/files.ts";

/** SHA-256 of a file in hex. */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const buffer = new Uint8Array(1 << 20);
  for (let read; (read = await file.read(buffer)) !== null;) {
    if (signal?.aborted) throw cancelled();
    hash.update(buffer.subarray(0, read));
  }
  return hash.digest("hex");
}

/** The lines of a manifest: disks that are files and have a SHA-256, by their names beside it. */
export function manifest(disks: readonly OutputDisk[]): string {
  return disks.filter((disk) => disk.sha256 !== undefined && disk.isDevice !== true)
    .map(({ path, sha256 }) => `${sha256}  ${basename(path)}\n`).join("");
}

/** Writes a manifest, durably and as a whole. */
export async function writeManifest(path: string, disks: readonly OutputDisk[]): Promise<void> {
  const partial = `${path}.partial`;
  await Deno.writeTextFile(partial, manifest(disks));
  await syncFile(partial);
  await Deno.rename(partial, path);
}
