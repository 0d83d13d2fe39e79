/**
 * The image by which cloud-init gets its data on a CD: ISO 9660 with Joliet and Rock Ridge names and the label
 * `cidata` (cloud-init's documentation, "NoCloud"), written by xorriso.
 *
 * @module
 */
import { join } from "@std/path";
import { runCommand } from "../run/command.ts";
import { syncFile } from "../run/files.ts";
import { partialPath, publish } from "./copy.ts";

/** Arguments of xorriso as mkisofs. */
export function isoArgs(iso: string, folder: string): string[] {
  return [
    "-as",
    "mkisofs",
    "-quiet",
    "-volid",
    "cidata",
    "-joliet",
    "-rational-rock",
    "-output",
    iso,
    folder,
  ];
}

/**
 * Writes the image; it has its final name when it is complete and synced.
 *
 * @param files content by name
 * @param workDir folder for the files while they are packed
 * @throws {MigrateError} `tool/missing` without xorriso, `tool/failed`
 */
export async function writeSeedIso(
  files: Readonly<Record<string, string>>,
  path: string,
  workDir: string,
  signal: AbortSignal,
): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: workDir, prefix: "seed-" });
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(join(folder, name), text);
    await runCommand("xorriso", isoArgs(partialPath(path), folder), { signal });
    await syncFile(partialPath(path));
    await publish({ path, format: "raw" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
