/**
 * Archives and compressed files as input kinds. What reads them is loaded when the first one comes.
 *
 * @module
 */
import type { InputHead, Source } from "../source.ts";
import { isTarHeader } from "../tar/header.ts";
import type { Compression } from "./decompress.ts";

function startsWith(head: InputHead, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => head.bytes[index] === byte);
}

function archive(kind: "tar" | "zip", title: string, matches: Source["matches"]): Source {
  return {
    kind,
    title,
    inPlace: true,
    matches,
    read: async (head, context) => await (await import("./archive.ts")).readArchive(head, context, kind),
  };
}

function compressed(kind: string, title: string, magic: readonly number[], compression: Compression): Source {
  return {
    kind,
    title,
    inPlace: true,
    matches: (head) => startsWith(head, magic),
    read: async (head, context) =>
      await (await import("./archive.ts")).readCompressed(head, context, compression),
  };
}

/** Every archive and compression; before raw disks, because these decide by less. */
export const ARCHIVES: readonly Source[] = [
  archive(
    "zip",
    "zip",
    (head) => startsWith(head, [0x50, 0x4b, 3, 4]) || startsWith(head, [0x50, 0x4b, 5, 6]),
  ),
  archive("tar", "tar", (head) => isTarHeader(head.bytes.subarray(0, 512))),
  compressed("gzip", "gz", [0x1f, 0x8b, 8], "gzip"),
  compressed("xz", "xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "xz"),
  compressed("zstd", "zst", [0x28, 0xb5, 0x2f, 0xfd], "zstd"),
];
