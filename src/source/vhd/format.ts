/**
 * The structures of a VHD.
 *
 * Format: Microsoft "Virtual Hard Disk Image Format Specification" 1.0; all numbers are big-endian.
 *
 * @module
 */

/** The cookie of a footer; a dynamic disk has a copy of it at the start. */
export const FOOTER_COOKIE = "conectix";
const HEADER_COOKIE = "cxsparse";
/** Length of a footer in bytes. */
export const FOOTER_BYTES = 512;
/** Length of a dynamic disk's header in bytes. */
export const HEADER_BYTES = 1024;
const TYPES: Readonly<Record<number, VhdType>> = { 2: "fixed", 3: "dynamic", 4: "differencing" };
const LOCATORS_AT = 576, LOCATOR_BYTES = 24, LOCATORS = 8;
/** Platform codes of locators in UTF-16: a relative and an absolute path of Windows. */
const PATH_CODES: ReadonlySet<string> = new Set(["W2ru", "W2ku"]);

/** Disk types ("Hard Disk Footer Format", Disk Type). */
export type VhdType = "fixed" | "dynamic" | "differencing";

/** What is used of a footer. */
export interface VhdFooter {
  /** Disk type. */
  readonly type: VhdType;
  /** Where the dynamic header is, in bytes. */
  readonly headerOffset: number;
  /** The size that the guest sees, in bytes. */
  readonly virtualSizeBytes: number;
  /** Identity of the disk, 32 hex digits. */
  readonly uuid: string;
}

/** What is used of a dynamic header. */
export interface VhdHeader {
  /** Where the block allocation table is, in bytes. */
  readonly tableOffset: number;
  /** Entries of the table. */
  readonly blocks: number;
  /** Length of a block in bytes. */
  readonly blockBytes: number;
  /** Identity of the parent, 32 hex digits. */
  readonly parentUuid: string;
  /** File name of the parent. */
  readonly parentName: string;
  /** Where paths of the parent are stored. */
  readonly locators: readonly { readonly offset: number; readonly length: number }[];
}

const latin1 = new TextDecoder("latin1");

/** Reads a footer; null when it is none, or its checksum is wrong. */
export function parseFooter(bytes: Uint8Array): VhdFooter | null {
  if (bytes.length < FOOTER_BYTES || latin1.decode(bytes.subarray(0, 8)) !== FOOTER_COOKIE) return null;
  if (!hasChecksum(bytes.subarray(0, FOOTER_BYTES), 64)) return null;
  const view = viewOf(bytes);
  const type = TYPES[view.getUint32(60)];
  if (type === undefined) return null;
  return {
    type,
    headerOffset: Number(view.getBigUint64(16)),
    virtualSizeBytes: Number(view.getBigUint64(48)),
    uuid: bytes.slice(68, 84).toHex(),
  };
}

/** Reads a dynamic header; null when it is none, or damaged. */
export function parseHeader(bytes: Uint8Array): VhdHeader | null {
  if (bytes.length < HEADER_BYTES || latin1.decode(bytes.subarray(0, 8)) !== HEADER_COOKIE) return null;
  if (!hasChecksum(bytes.subarray(0, HEADER_BYTES), 36)) return null;
  const view = viewOf(bytes);
  const locators = [];
  for (let index = 0; index < LOCATORS; index++) {
    const at = LOCATORS_AT + index * LOCATOR_BYTES;
    if (!PATH_CODES.has(latin1.decode(bytes.subarray(at, at + 4)))) continue;
    locators.push({ offset: Number(view.getBigUint64(at + 16)), length: view.getUint32(at + 8) });
  }
  return {
    tableOffset: Number(view.getBigUint64(16)),
    blocks: view.getUint32(28),
    blockBytes: view.getUint32(32),
    parentUuid: bytes.slice(40, 56).toHex(),
    parentName: new TextDecoder("utf-16be").decode(bytes.subarray(64, 576)).replace(/\0.*$/s, ""),
    locators,
  };
}

/** Whether the first or the last 512 bytes are those of a VHD: a fixed one shows itself only at its end. */
export function isVhd({ bytes, tail }: { readonly bytes: Uint8Array; readonly tail: Uint8Array }): boolean {
  return [bytes, tail].some((one) => latin1.decode(one.subarray(0, FOOTER_COOKIE.length)) === FOOTER_COOKIE);
}

/** Whether a disk, by its first bytes, stands on another: qemu 7.2 would read zeros for what that has. */
export function isDifferencing(bytes: Uint8Array): boolean {
  return parseFooter(bytes)?.type === "differencing";
}

/** The one's complement of the sum of all bytes but the checksum's own. */
function hasChecksum(bytes: Uint8Array, at: number): boolean {
  let sum = 0;
  for (const [index, byte] of bytes.entries()) sum += index >= at && index < at + 4 ? 0 : byte;
  return (~sum >>> 0) === viewOf(bytes).getUint32(at);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
