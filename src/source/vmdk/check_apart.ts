/**
 * Asks threads about VMware disks: what is in their files is foreign data.
 *
 * @module
 */
import type { Window } from "../input/window.ts";
import { askReader } from "../worker/ask.ts";
import { folderOf } from "../worker/folder.ts";
import type { CheckedLink } from "./check.ts";

/** Which disk to look at. */
export interface CheckRequest {
  /** Its file. */
  readonly path: string;
  /** Where it is, when that is a part of the file. */
  readonly inside?: Window;
}

/**
 * The chain of a disk in files of its own, from the disk that is named down to the base; all must lie in its folder.
 *
 * @throws {MigrateError} `source/damaged` or `run/cancelled`
 */
export async function checkFilesApart(path: string, signal: AbortSignal): Promise<CheckedLink[]> {
  return await ask({ path }, signal);
}

/**
 * Whether the extent of a disk that lies in an archive was checked; it must be whole by itself.
 *
 * @throws {MigrateError} `source/unsupported`, `source/damaged` or `run/cancelled`
 */
export async function checkInsideApart(inside: Window, signal: AbortSignal): Promise<boolean> {
  return await ask({ path: inside.path, inside }, signal);
}

async function ask<T>(request: CheckRequest, signal: AbortSignal): Promise<T> {
  const { path } = request;
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    type: "module",
    name: "vmdk",
    deno: { permissions: folderOf(path) },
  });
  return await askReader<T>(worker, request, { path, signal });
}
