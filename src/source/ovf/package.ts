/**
 * An OVF package, in a tar or in a folder: which files it has, and where their bytes are.
 *
 * @module
 */
import { basename, dirname, extname, join } from "@std/path";
import { MigrateError } from "../../model/error.ts";
import { readHead, windowHead } from "../input/input_head.ts";
import { namedFileSize } from "../input/named_file.ts";
import type { InputHead } from "../source.ts";
import type { TarEntry } from "../archive/read_index.ts";
import type { Window } from "../input/window.ts";

/** The files of a package. */
export interface OvfPackage {
  /** What the user named, for error texts. */
  readonly path: string;
  /** Name of the envelope. */
  readonly envelope: string;
  /** Where a file of the package is; null when it has none of this name. */
  find(name: string): Promise<Window | null>;
  /** The first bytes of a file, so that its kind can be told. */
  head(window: Window): Promise<InputHead>;
}

/**
 * The package in a tar: its envelope is the first member of that kind.
 *
 * @throws {MigrateError} `source/unsupported` when it has no envelope
 */
export function packageInTar(path: string, members: readonly TarEntry[]): OvfPackage {
  const files = new Map(members.map(({ name, window }) => [name, window ?? null]));
  const envelope = members.find(({ name }) => extname(name).toLowerCase() === ".ovf")?.name;
  if (envelope === undefined) {
    throw new MigrateError("source/unsupported", `Cannot read ${path}: it has no .ovf file.`, {
      hint: "An OVA is a tar with one .ovf file. Unpack it, and name the disk inside.",
    });
  }
  const folder = dirname(envelope);
  return {
    path,
    envelope: basename(envelope),
    find: (name) => Promise.resolve(files.get(folder === "." ? name : `${folder}/${name}`) ?? null),
    head: windowHead,
  };
}

/** The package around an envelope in a folder. */
export function packageInFolder(path: string): OvfPackage {
  return {
    path,
    envelope: basename(path),
    find: async (name) => {
      const file = join(dirname(path), name);
      const sizeBytes = await namedFileSize(file);
      return sizeBytes === null ? null : { path: file, offset: 0, sizeBytes };
    },
    head: (window) => readHead(window.path),
  };
}

/**
 * A name that stays in the package.
 *
 * @throws {MigrateError} `source/unsupported` for an address, an absolute name and one with `..`
 */
export function nameInPackage(href: string, path: string): string {
  const name = href.replace(/^(\.\/)+/, "");
  const leaves = name.startsWith("/") || /^[a-z][a-z0-9+.-]*:/i.test(name) || name.split("/").includes("..");
  if (name !== "" && !leaves) return name;
  throw new MigrateError("source/unsupported", `Cannot read ${path}: it refers to "${href}".`, {
    hint: "Only files in the package are read. Put it there, and change the reference.",
  });
}
