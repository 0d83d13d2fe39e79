/**
 * The first and the last bytes of an input, which tell its kind.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import type { InputHead } from "../source.ts";
import { isNoFile } from "./named_file.ts";
import { readWindow, type Window } from "./window.ts";

const HEAD_BYTES = 68 * 1024;
const TAIL_BYTES = 512;

/**
 * Reads them from a file.
 *
 * @throws {MigrateError} `source/missing`, `source/unsupported` for a folder, or `permission/denied`
 */
export async function readHead(path: string): Promise<InputHead> {
  try {
    const stat = await Deno.stat(path);
    if (stat.isDirectory) {
      throw new MigrateError("source/unsupported", `Cannot read ${path}: it is a folder.`, {
        hint: "Name the disk file itself.",
      });
    }
    const { bytes, tail } = await readEnds({ path, offset: 0, sizeBytes: stat.size });
    return { path, bytes, tail, sizeBytes: stat.size };
  } catch (error) {
    if (isNoFile(error)) {
      throw new MigrateError("source/missing", `Cannot read ${path}: there is no such file.`, {
        hint: "Check the path; relative paths start at the current folder.",
        cause: error,
      });
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new MigrateError("permission/denied", `Cannot read ${path}: permission denied.`, {
        hint: "Run as a user who may read it, or change its mode.",
        cause: error,
      });
    }
    throw error;
  }
}

/** Reads them from a part of a file. */
export async function windowHead(window: Window): Promise<InputHead> {
  const { path, sizeBytes } = window;
  return { path, ...await readEnds(window), sizeBytes, inside: window };
}

/** Where an input is. */
export function wholeInput({ path, inside, sizeBytes }: InputHead): Window {
  return inside ?? { path, offset: 0, sizeBytes };
}

async function readEnds(window: Window): Promise<Pick<InputHead, "bytes" | "tail">> {
  using file = await Deno.open(window.path, { read: true });
  return {
    bytes: await readWindow(file, window, 0, HEAD_BYTES),
    tail: await readWindow(file, window, Math.max(0, window.sizeBytes - TAIL_BYTES), TAIL_BYTES),
  };
}
