/**
 * Where the files of a VMware disk are: on this machine, or on another.
 *
 * @module
 */
import { dirname, isAbsolute, join } from "@std/path";
import { namedFileSize } from "../input/named_file.ts";

/** How the files are reached that a disk is made of. */
export interface DiskPlace {
  /** The first bytes of a file, enough for a descriptor. */
  firstBytes(path: string): Promise<Uint8Array>;
  /** The lengths of files in bytes; null where nothing but a folder, or nothing at all, has the name. */
  sizesOf(paths: readonly string[]): Promise<readonly (number | null)[]>;
  /** The path of a file that another one names, which may be anything. */
  pathOf(from: string, name: string): string;
  /** What a person calls a file. */
  nameOf(path: string): string;
}

/** How much of a file is read for its descriptor, in bytes. */
export const HEAD_BYTES: number = 128 * 1024;

/** This machine. */
export const localPlace: DiskPlace = {
  firstBytes: async (path) => {
    using file = await Deno.open(path, { read: true });
    const bytes = new Uint8Array(HEAD_BYTES);
    let length = 0;
    for (let read; length < bytes.length && (read = await file.read(bytes.subarray(length))) !== null;) {
      length += read;
    }
    return bytes.subarray(0, length);
  },
  sizesOf: (paths) => Promise.all(paths.map(namedFileSize)),
  pathOf: (from, name) => isAbsolute(name) ? name : join(dirname(from), name),
  nameOf: (path) => path,
};
