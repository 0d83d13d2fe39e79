/**
 * Discovery with a real work folder, for tests of input kinds.
 *
 * @module
 */
import { assertInstanceOf } from "@std/assert";
import { join } from "@std/path";
import type { SourceDisk } from "../../src/model/disk.ts";
import { MigrateError } from "../../src/model/error.ts";
import type { DiscoveredSource } from "../../src/model/source.ts";
import { DiskDiscovery } from "../../src/orchestrator/disk_discovery.ts";
import type { SourceJob } from "../../src/source/source.ts";
import type { TempFolder } from "./temp.ts";

/** What was found, and what was written for it. */
export interface Discovery {
  /** What was found. */
  readonly source: DiscoveredSource;
  /** Files in the work folder, relative to it. */
  readonly unpackedFiles: readonly string[];
}

/** Discovers; the work folder is `work` in the folder, and what serves disks ends with it. */
export async function discoverIn(
  folder: TempFolder,
  source: readonly string[],
  job: Partial<SourceJob> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Discovery> {
  const work = folder.file("work");
  const workDir = async (): Promise<string> => (await Deno.mkdir(work, { recursive: true }), work);
  const { resources } = folder;
  const all = { source: [...source], kind: undefined, name: undefined, ...job };
  const options = { job: all, signal, workDir, resources };
  const found = await new DiskDiscovery(options).discover();
  return { source: found, unpackedFiles: await filesBelow(work) };
}

/** What qemu opens of a disk. */
export function imageOf(disk: SourceDisk | undefined): string {
  if (disk === undefined) throw new Error("there is no disk");
  if (disk.image.startsWith("json:")) return disk.image;
  return `json:${JSON.stringify({ driver: disk.format, file: { driver: "file", filename: disk.image } })}`;
}

/** The error that work ends with. */
export async function failureOf(work: Promise<unknown>): Promise<MigrateError> {
  const error = await work.then(() => null, (reason) => reason);
  assertInstanceOf(error, MigrateError, `not a MigrateError: ${error}`);
  return error;
}

/** Files below a folder, relative to it; none when there is no folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (!entry.isDirectory) names.push(entry.name);
      else names.push(...(await filesBelow(join(folder, entry.name))).map((name) => `${entry.name}/${name}`));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.toSorted();
}
