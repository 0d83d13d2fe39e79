/**
 * Writes a newc cpio archive whose bytes depend on its content alone: no times, owner root. Format:
 * Documentation/driver-api/early-userspace/buffer-format.rst of the kernel.
 *
 * @module
 */

/** A file to write; directories are made as needed. */
export interface CpioFile {
  /** Path without leading slash. */
  readonly path: string;
  /** Content. */
  readonly content: Uint8Array;
}

const DIRECTORY_MODE = 0o040755;
const FILE_MODE = 0o100644;

/**
 * Packs files. `exists` says which directories are there already: they are left out, because the kernel would
 * change their mode, and replace a link of that name.
 */
export function writeCpio(
  files: readonly CpioFile[],
  exists: (directory: string) => boolean,
): Uint8Array<ArrayBuffer> {
  const directories = new Set<string>();
  for (const { path } of files) {
    const parts = path.split("/").slice(0, -1);
    parts.forEach((_, index) => directories.add(parts.slice(0, index + 1).join("/")));
  }
  const empty = new Uint8Array();
  const missing = [...directories].filter((path) => !exists(path)).sort();
  const members = [
    ...missing.map((path) => ({ path, content: empty, mode: DIRECTORY_MODE })),
    ...files.map((file) => ({ ...file, mode: FILE_MODE })),
  ].map((member, index) => encode(member.path, member.mode, member.content, index + 1));
  members.push(encode("TRAILER!!!", 0, empty, 0));
  return join(members);
}

function encode(path: string, mode: number, content: Uint8Array, inode: number): Uint8Array {
  const name = new TextEncoder().encode(path);
  const links = (mode & DIRECTORY_MODE) === DIRECTORY_MODE ? 2 : 1;
  // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const fields = [inode, mode, 0, 0, links, 0, content.length, 0, 0, 0, 0, name.length + 1, 0];
  const header = "070701" + fields.map((field) => field.toString(16).padStart(8, "0")).join("");
  const contentStart = align(header.length + name.length + 1);
  const bytes = new Uint8Array(align(contentStart + content.length));
  bytes.set(new TextEncoder().encode(header));
  bytes.set(name, header.length);
  bytes.set(content, contentStart);
  return bytes;
}

function align(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}
