/**
 * The extent files of a VMware disk: all there, and none cut off.
 *
 * @module
 */
import { dirname, isAbsolute, join } from "@std/path";
import { MigrateError } from "../../model/error.ts";
import { namedFileSize } from "../input/named_file.ts";
import { type Descriptor, isSparse, SECTOR } from "./descriptor.ts";
import { neededLength } from "./grain_tables.ts";
import { readWindow, type Window } from "../input/window.ts";

/** Files that must hold their whole length: a short one would read as zeros. */
export const FLAT_TYPES: ReadonlySet<string> = new Set(["FLAT", "VMFS"]);

/** Checks that every extent file is there and long enough; returns their paths. */
export async function checkExtents(path: string, descriptor: Descriptor): Promise<string[]> {
  const files: string[] = [];
  const missing: string[] = [];
  for (const extent of descriptor.extents) {
    if (extent.file === "") continue;
    const file = isAbsolute(extent.file) ? extent.file : join(dirname(path), extent.file);
    const size = await namedFileSize(file);
    if (size === null) missing.push(extent.file);
    else if (FLAT_TYPES.has(extent.type) && size < (extent.offsetSectors + extent.sectors) * SECTOR) {
      const wanted = (extent.offsetSectors + extent.sectors) * SECTOR;
      throw new MigrateError(
        "source/damaged",
        `Cannot read ${path}: its extent ${extent.file} has ${size} bytes, ${wanted} are described.`,
        { hint: "Copy the extent again: it is incomplete." },
      );
    } else files.push(file);
  }
  if (descriptor.extents.length === 0) {
    throw new MigrateError("source/damaged", `Cannot read ${path}: its descriptor names no extents.`, {
      hint: "Copy the descriptor again: it is damaged.",
    });
  }
  if (missing.length > 0) {
    const list = missing.join(", ");
    throw new MigrateError("source/damaged", `Cannot read ${path}: its extent ${list} is missing.`, {
      hint: "Put all files of the disk into one folder, beside the descriptor.",
    });
  }
  return files;
}

/**
 * Refuses a hosted sparse extent that was cut off. False for other files, which are not looked into.
 *
 * @throws {MigrateError} `source/damaged`
 */
export async function checkComplete(window: Window): Promise<boolean> {
  using file = await Deno.open(window.path, { read: true });
  if (!isSparse(await readWindow(file, window, 0, 4))) return false;
  const needed = await neededLength(file, window);
  if (needed !== null && needed <= window.sizeBytes) return true;
  const reason = needed === null
    ? "its header or footer is damaged"
    : `it has ${window.sizeBytes} bytes of at least ${needed}`;
  throw new MigrateError("source/damaged", `Cannot read ${window.path}: ${reason}.`, {
    hint: "Copy or export the disk again: the file is incomplete.",
  });
}

/** The whole of a file as a window. */
export async function wholeFile(path: string): Promise<Window> {
  return { path, offset: 0, sizeBytes: (await Deno.stat(path)).size };
}
