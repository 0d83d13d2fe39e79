/**
 * The extent files of a VMware disk: all there, and none cut off.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import { type Descriptor, isSparse, SECTOR } from "./descriptor.ts";
import { neededLength } from "./grain_tables.ts";
import type { DiskPlace } from "./place.ts";
import { readWindow, type Window } from "../input/window.ts";

/** Files that must hold their whole length: a short one would read as zeros. */
export const FLAT_TYPES: ReadonlySet<string> = new Set(["FLAT", "VMFS"]);

/** Checks that every extent file is there and long enough; returns their paths. */
export async function checkExtents(
  path: string,
  descriptor: Descriptor,
  place: DiskPlace,
): Promise<string[]> {
  const name = place.nameOf(path);
  const inFiles = descriptor.extents.filter((extent) => extent.file !== "");
  const paths = inFiles.map((extent) => place.pathOf(path, extent.file));
  const sizes = await place.sizesOf(paths);
  const missing: string[] = [];
  for (const [index, extent] of inFiles.entries()) {
    const size = sizes[index] ?? null;
    const wanted = (extent.offsetSectors + extent.sectors) * SECTOR;
    if (size === null) missing.push(extent.file);
    else if (FLAT_TYPES.has(extent.type) && size < wanted) {
      throw new MigrateError(
        "source/damaged",
        `Cannot read ${name}: its extent ${extent.file} has ${size} bytes, ${wanted} are described.`,
        { hint: "Copy the extent again: it is incomplete." },
      );
    }
  }
  if (descriptor.extents.length === 0) {
    throw new MigrateError("source/damaged", `Cannot read ${name}: its descriptor names no extents.`, {
      hint: "Copy the descriptor again: it is damaged.",
    });
  }
  if (missing.length > 0) {
    const list = missing.join(", ");
    throw new MigrateError("source/damaged", `Cannot read ${name}: its extent ${list} is missing.`, {
      hint: "Put all files of the disk into one folder, beside the descriptor.",
    });
  }
  return paths;
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
