/**
 * Which compression a piece of an initramfs has, by the bytes at its start.
 *
 * @module
 */

/** What the kernel can unpack an initramfs from. */
export type Compression = "none" | "gzip" | "bzip2" | "lzma" | "xz" | "lzo" | "lz4" | "zstd";

/** First bytes of each format, as in the kernel's lib/decompress.c; `none` is newc's "0". */
const MAGICS: readonly (readonly [readonly number[], Compression])[] = [
  [[0x1f, 0x8b], "gzip"],
  [[0x1f, 0x9e], "gzip"],
  [[0x42, 0x5a], "bzip2"],
  [[0x5d, 0x00], "lzma"],
  [[0xfd, 0x37], "xz"],
  [[0x89, 0x4c], "lzo"],
  [[0x02, 0x21], "lz4"],
  [[0x28, 0xb5], "zstd"],
  [[0x30], "none"],
];

/** The compression that the bytes start with, undefined when the kernel would call them junk. */
export function detectCompression(head: Uint8Array): Compression | undefined {
  return MAGICS.find(([magic]) => magic.every((byte, index) => head[index] === byte))?.[1];
}
