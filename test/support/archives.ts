/**
 * Initramfs archives, made and unpacked with the real cpio and compressors.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { TempFolder } from "./temp.ts";

/** A file's content, a link, or null for a directory. */
export type TreeEntry = string | Uint8Array | { readonly link: string } | null;

/** Paths without leading slash and what is there. */
export type FileTree = Readonly<Record<string, TreeEntry>>;

/** Compresses as generators do; the keys are the names in `Compression`. */
export const COMPRESSORS: Readonly<Record<string, readonly string[]>> = {
  gzip: ["gzip", "-n", "-c"],
  bzip2: ["bzip2", "-c"],
  lzma: ["xz", "--format=lzma", "-c"],
  xz: ["xz", "--check=crc32", "-c"],
  lzo: ["lzop", "-c"],
  lz4: ["lz4", "-l", "-c"],
  zstd: ["zstd", "-q", "-c"],
};

/** Runs a program on bytes. */
export async function pipe(
  command: readonly string[],
  input: Uint8Array,
  cwd?: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const [program, ...args] = command as [string, ...string[]];
  const options = { args, stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  const child = new Deno.Command(program, cwd === undefined ? options : { ...options, cwd }).spawn();
  const writer = child.stdin.getWriter();
  const fed = writer.write(input).then(() => writer.close());
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(`${command.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  await fed;
  return stdout;
}

/** Packs a tree with cpio; `format` is `newc`, `crc` or `odc`. */
export async function makeCpio(tree: FileTree, format = "newc"): Promise<Uint8Array<ArrayBuffer>> {
  await using folder = await TempFolder.create();
  for (const [path, entry] of Object.entries(tree)) {
    const target = folder.file(path);
    await Deno.mkdir(entry === null ? target : dirname(target), { recursive: true });
    if (typeof entry === "string") await Deno.writeTextFile(target, entry);
    else if (entry instanceof Uint8Array) await Deno.writeFile(target, entry);
    else if (entry !== null) await Deno.symlink(entry.link, target);
  }
  const names = await pipe(["find", ".", "-mindepth", "1"], new Uint8Array(), folder.path);
  return await pipe(["cpio", "-o", "--quiet", "-H", format], names, folder.path);
}

/** Packs and compresses a tree. */
export async function makeImage(tree: FileTree, compression: string): Promise<Uint8Array<ArrayBuffer>> {
  const archive = await makeCpio(tree);
  return compression === "none" ? archive : await pipe(COMPRESSORS[compression]!, archive);
}

/** Unpacks an archive over what a folder holds. */
export async function unpackCpio(archive: Uint8Array, folder: string): Promise<void> {
  await pipe(["cpio", "-idu", "--quiet"], archive, folder);
}

/** Joins bytes; a number stands for as many zeros. */
export function concat(...parts: readonly (Uint8Array | number)[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    parts.flatMap((part) => typeof part === "number" ? new Array<number>(part).fill(0) : [...part]),
  );
}

/** Bytes that hardly compress, always the same. */
export function noise(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = 12345;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    bytes[index] = state >> 16;
  }
  return bytes;
}

/** All files and links below a folder, for comparison: path to content, or to `-> target`. */
export async function readTree(folder: string, below = ""): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const entry of Deno.readDir(join(folder, below))) {
    const path = join(below, entry.name);
    if (entry.isDirectory) Object.assign(found, await readTree(folder, path));
    else if (entry.isSymlink) found[path] = `-> ${await Deno.readLink(join(folder, path))}`;
    else found[path] = await Deno.readTextFile(join(folder, path));
  }
  return found;
}
