/**
 * One 512-byte header of a tar file.
 *
 * Format: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
 *
 * @module
 */

/** What is used of a header. */
export interface TarHeader {
  /** Name, with the ustar prefix before it. */
  readonly name: string;
  /** Stored length in bytes. */
  readonly sizeBytes: number;
  /** The type flag, one character. */
  readonly type: string;
}

/** A header that cannot be; its message is the reason. */
export class TarHeaderError extends Error {
  override readonly name = "TarHeaderError";
}

const BLOCK = 512;
const CHECKSUM_AT = 148;
const CHECKSUM_BYTES = 8;

/** Whether a block is a tar header: its checksum is right, and it is not all zeros. */
export function isTarHeader(block: Uint8Array): boolean {
  if (block.length < BLOCK) return false;
  const stored = octal(block, CHECKSUM_AT, CHECKSUM_BYTES);
  if (stored === null || stored === 0) return false;
  let unsigned = 0, signed = 0;
  for (let at = 0; at < BLOCK; at++) {
    const inside = at >= CHECKSUM_AT && at < CHECKSUM_AT + CHECKSUM_BYTES;
    const byte = inside ? 0x20 : block[at] ?? 0;
    unsigned += byte;
    signed += byte < 128 ? byte : byte - 256; // some old programs added signed bytes
  }
  return stored === unsigned || stored === signed;
}

/**
 * Reads a header.
 *
 * @throws {TarHeaderError} for a size that is no number, negative, or more than 2^53
 */
export function tarHeader(block: Uint8Array): TarHeader {
  // GNU's magic has two spaces, and no prefix but other fields there.
  const posix = text(block, 257, 6) === "ustar" && block[262] === 0;
  const prefix = posix ? text(block, 345, 155) : "";
  const base = text(block, 0, 100);
  const name = prefix === "" ? base : `${prefix}/${base}`;
  const sizeBytes = number(block, 124, 12);
  if (sizeBytes === null || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    throw new TarHeaderError(`the size of ${name} is no number`);
  }
  return { name, sizeBytes, type: String.fromCharCode(block[156] ?? 0) };
}

/** A number in octal digits or, with the top bit of the first byte set, in base 256 (GNU, star). */
function number(block: Uint8Array, offset: number, length: number): number | null {
  const first = block[offset] ?? 0;
  if ((first & 0x80) === 0) return octal(block, offset, length);
  if (first !== 0x80) return null; // negative, or above 2^88
  let value = 0;
  for (const byte of block.subarray(offset + 1, offset + length)) value = value * 256 + byte;
  return value;
}

function octal(block: Uint8Array, offset: number, length: number): number | null {
  const digits = text(block, offset, length).trim();
  if (digits === "") return 0;
  return /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : null;
}

function text(block: Uint8Array, offset: number, length: number): string {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}
