/**
 * gzip (RFC 1952) that gives the same bytes for the same content, and names us in its header.
 *
 * @module
 */
import { gzipSync } from "node:zlib";

/** Magic, deflate, FNAME, no time, best compression, Unix; then the name of the content. */
const HEADER = [0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 2, 3, ...new TextEncoder().encode("hyper2kvm.cpio\0")];
/** Length of the header that zlib writes. */
const PLAIN_HEADER_BYTES = 10;

/** The bytes at the start of everything that {@linkcode gzip} makes. */
export const GZIP_MARK: Uint8Array = new Uint8Array(HEADER);

/** Compresses bytes. */
export function gzip(content: Uint8Array): Uint8Array<ArrayBuffer> {
  const body = gzipSync(content, { level: 9 }).subarray(PLAIN_HEADER_BYTES);
  const result = new Uint8Array(HEADER.length + body.length);
  result.set(HEADER);
  result.set(body, HEADER.length);
  return result;
}
