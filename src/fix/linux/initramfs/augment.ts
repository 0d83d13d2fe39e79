/**
 * Makes the bytes that give an initramfs more modules: an archive to be unpacked after those that it has.
 *
 * It holds the module files as the guest has them (so signatures stay valid), indexes of all modules that the
 * initramfs then has, and its list of modules to load.
 *
 * @module
 */
import { type CpioFile, writeCpio } from "./cpio_writer.ts";
import { isDirectory } from "./cpio_reader.ts";
import { detectGenerator } from "./generator.ts";
import { gzip } from "./gzip.ts";
import type { Image } from "./image.ts";
import {
  isModuleFile,
  type KernelModule,
  type KernelModules,
  moduleName,
  parseModulesDep,
} from "./kernel_modules.ts";
import { loadListFiles } from "./load_list.ts";
import { lz4Frame } from "./lz4.ts";
import { indexKey, moduleIndex } from "./module_index.ts";
import { moduleDirectory, textInTree, type Tree } from "./tree.ts";

/** A module with its file. */
export interface ModuleFile {
  /** What modules.dep says of it. */
  readonly module: KernelModule;
  /** The file's bytes. */
  readonly content: Uint8Array;
}

/** What goes into an initramfs. */
export interface Addition {
  /** The modules to add, with those that they need. */
  readonly modules: readonly ModuleFile[];
  /** Names of the modules that shall be loaded. */
  readonly load: readonly string[];
  /** The guest's modules.alias, empty when it has none. */
  readonly aliases: string;
}

/** The modules of a release that an initramfs has: name to path below its module directory. */
export function modulesInTree(tree: Tree, release: string): ReadonlyMap<string, string> {
  const prefix = `${moduleDirectory(tree, release)}/`;
  const paths = [...tree.keys()].filter((path) => path.startsWith(prefix) && isModuleFile(path));
  return new Map(paths.map((path) => [moduleName(path), path.slice(prefix.length)]));
}

/** The files to add to an initramfs, in a fixed order. */
export function additionFiles(tree: Tree, kernel: KernelModules, addition: Addition): readonly CpioFile[] {
  const directory = moduleDirectory(tree, kernel.release);
  const files = addition.modules.map(({ module, content }) => ({
    path: `${directory}/${module.path}`,
    content,
  }));
  const paths = new Map(modulesInTree(tree, kernel.release));
  for (const { module } of addition.modules) paths.set(module.name, module.path);
  return [
    ...files.sort((a, b) => a.path < b.path ? -1 : 1),
    ...dependencyIndex(tree, directory, kernel, paths),
    ...aliasIndex(tree, directory, addition.aliases, paths),
    ...loadListFiles(tree, detectGenerator(tree), addition.load),
  ];
}

/**
 * Packs files for the end of an image, padding included. It is gzip, which every kernel of a distribution can
 * unpack, except behind lz4 (see lz4.ts).
 */
export function packForImage(image: Image, tree: Tree, files: readonly CpioFile[]): Uint8Array<ArrayBuffer> {
  const last = image.segments.at(-1)!;
  const cpio = writeCpio(files, (path) => tree.has(path) && isDirectory(tree.get(path)!));
  if (last.compression === "lz4" && last.end === image.sizeBytes) {
    // The kernel reads on in the same stream: there the archive must start at a multiple of four.
    return lz4Frame(padded(cpio, -last.unpackedBytes & 3));
  }
  return padded(gzip(cpio), -image.sizeBytes & 3);
}

/**
 * modules.dep and its index, over the modules that are there, by the paths that they have there: a generator
 * may have uncompressed them, so the guest's own modules.dep would name files that are missing.
 */
function dependencyIndex(
  tree: Tree,
  directory: string,
  kernel: KernelModules,
  paths: ReadonlyMap<string, string>,
): readonly CpioFile[] {
  const known = new Map([
    ...kernel.modules,
    ...[...parseModulesDep(textInTree(tree, `${directory}/modules.dep`) ?? "")]
      .filter(([name]) => !kernel.modules.has(name)),
  ]);
  const names = [...known.keys(), ...[...paths.keys()].filter((name) => !known.has(name)).sort()];
  const entries = names.filter((name) => paths.has(name)).map((name) => {
    const needs = (known.get(name)?.needs ?? []).map((need) => paths.get(need)).filter(Boolean);
    return { key: name, value: [`${paths.get(name)}:`, ...needs].join(" ") };
  });
  const text = entries.map(({ value }) => `${value}\n`).join("");
  return [
    { path: `${directory}/modules.dep`, content: new TextEncoder().encode(text) },
    { path: `${directory}/modules.dep.bin`, content: moduleIndex(entries) },
  ];
}

/** modules.alias and its index, by which udev finds the driver of a device. */
function aliasIndex(
  tree: Tree,
  directory: string,
  aliases: string,
  paths: ReadonlyMap<string, string>,
): readonly CpioFile[] {
  const own = textInTree(tree, `${directory}/modules.alias`) ?? "";
  const lines = [...new Set([...aliases.split("\n"), ...own.split("\n")])].filter((line) => {
    const [word, pattern, module] = line.split(" ");
    return word === "alias" && pattern !== undefined && paths.has(moduleName(module ?? ""));
  });
  const entries = lines.map((line) => {
    const [, pattern, module] = line.split(" ");
    return { key: indexKey(pattern!), value: moduleName(module!) };
  });
  const text = lines.map((line) => `${line}\n`).join("");
  return [
    { path: `${directory}/modules.alias`, content: new TextEncoder().encode(text) },
    { path: `${directory}/modules.alias.bin`, content: moduleIndex(entries) },
  ];
}

/** The bytes with zeros before them. */
function padded(bytes: Uint8Array, zeros: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(zeros + bytes.length);
  result.set(bytes, zeros);
  return result;
}
