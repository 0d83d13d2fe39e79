/**
 * How far the kept copy of a machine is: for each disk the moment that it shows, and the ranges that do not show it
 * yet. Replaced as a whole, so that a run that is killed anywhere goes on from the last one.
 *
 * @module
 */
import { join } from "@std/path";
import * as z from "zod";
import { MigrateError } from "../../../model/error.ts";
import { syncFile, writeWhole } from "../../../run/files.ts";

/** Name of the file in the folder of the machine. */
export const SYNC_FILE = "sync.json";

const FORMAT = "hyper2kvm-sync";

const schema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(1),
  server: z.string(),
  vm: z.string(),
  name: z.string(),
  disks: z.array(z.object({
    key: z.number().int(),
    file: z.string().min(1),
    sizeBytes: z.number().int().nonnegative(),
    changeId: z.string().optional(),
    missing: z.array(z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()])),
  })),
  rounds: z.array(z.object({
    at: z.string(),
    movedBytes: z.number(),
    writtenBytes: z.number(),
    elapsedMs: z.number(),
  })),
  shutDown: z.boolean().optional(),
  converting: z.object({ at: z.string(), linked: z.boolean() }).optional(),
  cutOverAt: z.string().optional(),
});

/** The copy of one disk. */
export type DiskState = SyncState["disks"][number];

/** What `sync.json` holds. */
export interface SyncState {
  /** `host:port` of the server. */
  readonly server: string;
  /** Managed object id of the machine. */
  readonly vm: string;
  /** Its name. */
  readonly name: string;
  /** Its disks. */
  readonly disks: readonly {
    /** Device key. */
    readonly key: number;
    /** Name of the raw image beside this file. */
    readonly file: string;
    /** Its size. */
    readonly sizeBytes: number;
    /** The moment that the copy shows, in the server's terms; absent without change tracking. */
    readonly changeId?: string | undefined;
    /** What it does not show yet. */
    readonly missing: readonly (readonly [number, number])[];
  }[];
  /** Every completed round. */
  readonly rounds: readonly SyncRound[];
  /** Whether a cutover has shut the machine down. */
  readonly shutDown?: boolean | undefined;
  /** When a cutover last began to convert the copies, and whether its disks may stand on them: they are not synced then. */
  readonly converting?: { readonly at: string; readonly linked: boolean } | undefined;
  /** When the machine was cut over. */
  readonly cutOverAt?: string | undefined;
}

/** One completed round. */
export interface SyncRound {
  /** When it ended. */
  readonly at: string;
  /** Bytes that were read from the server. */
  readonly movedBytes: number;
  /** Bytes that were new and written. */
  readonly writtenBytes: number;
  /** How long it took, in milliseconds. */
  readonly elapsedMs: number;
}

/** Reads the state; undefined when there is none. */
export async function readState(folder: string): Promise<SyncState | undefined> {
  const path = join(folder, SYNC_FILE);
  try {
    return schema.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new MigrateError("source/damaged", `Cannot read ${path}: ${(error as Error).message}.`, {
      hint: "With --restart the copy is made anew.",
      cause: error,
    });
  }
}

/** Replaces the state; it is on storage when this returns. */
export async function writeState(folder: string, state: SyncState): Promise<void> {
  const path = join(folder, SYNC_FILE);
  await writeWhole(path, JSON.stringify({ format: FORMAT, version: 1, ...state }));
  await syncFile(folder);
}
