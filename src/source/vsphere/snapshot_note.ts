/**
 * The note of a snapshot that is on the server: written before it is made, removed when it is gone.
 *
 * @module
 */
import { join } from "@std/path";
import * as z from "zod";
import { MigrateError } from "../../model/error.ts";
import { removeIfThere, syncFile, writeWhole } from "../../run/files.ts";

/** Name of the file in the folder of a machine. */
export const SNAPSHOT_NOTE = "snapshot.json";

const schema = z.object({
  /** `host:port`. */
  server: z.string(),
  /** Managed object id of the machine. */
  vm: z.string(),
  vmName: z.string(),
  /** Name of the snapshot: unlike its id, known before it is made. */
  name: z.string(),
});

/** What the note says. */
export interface SnapshotNote {
  /** `host:port` of the server. */
  readonly server: string;
  /** Managed object id of the machine. */
  readonly vm: string;
  /** Name of the machine. */
  readonly vmName: string;
  /** Name of the snapshot. */
  readonly name: string;
}

/** Writes the note; it is on storage when this returns. */
export async function noteSnapshot(folder: string, note: SnapshotNote): Promise<void> {
  const path = join(folder, SNAPSHOT_NOTE);
  await Deno.mkdir(folder, { recursive: true });
  await writeWhole(path, `${JSON.stringify(note)}\n`);
  await syncFile(folder);
}

/** Reads the note; undefined when there is none. */
export async function notedSnapshot(folder: string): Promise<SnapshotNote | undefined> {
  const path = join(folder, SNAPSHOT_NOTE);
  try {
    return schema.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new MigrateError("config/bad-file", `Cannot read ${path}: ${(error as Error).message}.`, {
      hint: "Remove it after you have removed the VM's snapshot hyper2kvm-… in vSphere.",
      cause: error,
    });
  }
}

/** Removes the note. */
export async function dropNote(folder: string): Promise<void> {
  await removeIfThere(join(folder, SNAPSHOT_NOTE));
}
