/**
 * The index of a zip file, zip64 included: where each member's data lie. Written here because a stored member
 * is opened by its offset, also when the zip itself lies in another archive, which readers for zip do not do.
 *
 * Format: PKWARE APPNOTE 6.3.10, sections 4.3 (structure), 4.4 (fields) and 4.5.3 (zip64).
 *
 * @module
 */
import { readWindow, type Window } from "../input/window.ts";
import { broken, refused, safeName } from "./member.ts";

/** One regular file of a zip. */
export interface ZipEntry {
  /** Name, made safe. */
  readonly name: string;
  /** Compression method: 0 stored, 8 deflate, 93 zstd, 95 xz. */
  readonly method: number;
  /** CRC-32 of the unpacked data. */
  readonly crc32: number;
  /** Length when unpacked, in bytes. */
  readonly sizeBytes: number;
  /** The compressed data in the outermost file. */
  readonly data: Window;
}

interface Directory {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly count: number;
}

interface Header extends Omit<ZipEntry, "data"> {
  readonly flags: number;
  readonly unixType: number;
  readonly packedBytes: number;
  readonly localOffset: number;
}

const END = 0x06054b50, END_BYTES = 22, MAX_COMMENT = 0xffff;
const LOCATOR = 0x07064b50, LOCATOR_BYTES = 20;
const END64 = 0x06064b50, END64_BYTES = 56;
const CENTRAL = 0x02014b50, CENTRAL_BYTES = 46;
const LOCAL = 0x04034b50, LOCAL_BYTES = 30;
const FULL32 = 0xffff_ffff, FULL16 = 0xffff;
const ENCRYPTED = 1;
const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024;
/** Unix file types (stat(2), S_IFMT) that are no regular file; 0 is a zip from elsewhere. */
const REGULAR = 0x8, FOLDER = 0x4;

/**
 * Lists the files of a zip.
 *
 * @throws {MigrateError} `source/damaged`, or `source/unsupported` for links, devices, encryption, names that
 * lead out of the archive and too many members
 */
export async function indexZip(window: Window, maxMembers: number): Promise<ZipEntry[]> {
  using file = await Deno.open(window.path, { read: true });
  const directory = await readDirectory(file, window);
  if (directory.count > maxMembers) {
    throw refused(window.path, `it has ${directory.count} members, over ${maxMembers}`);
  }
  if (
    directory.sizeBytes > MAX_DIRECTORY_BYTES || directory.offset + directory.sizeBytes > window.sizeBytes
  ) {
    throw broken(window.path, "its directory lies outside the file");
  }
  const bytes = await readWindow(file, window, directory.offset, directory.sizeBytes);
  const entries: ZipEntry[] = [];
  for (let at = 0, index = 0; index < directory.count; index++) {
    const [header, length] = readHeader(bytes, at, window.path);
    at += length;
    if (header.unixType === FOLDER || /[\\/]$/.test(header.name)) continue;
    entries.push(await locate(file, window, header));
  }
  return entries;
}

async function readDirectory(file: Deno.FsFile, window: Window): Promise<Directory> {
  const start = Math.max(0, window.sizeBytes - END_BYTES - MAX_COMMENT);
  const tail = viewOf(await readWindow(file, window, start, window.sizeBytes - start));
  let at = tail.byteLength - END_BYTES;
  while (at >= 0 && tail.getUint32(at, true) !== END) at--;
  if (at < 0) throw broken(window.path, "its directory is missing: the end is cut off");
  const end = {
    count: tail.getUint16(at + 10, true),
    sizeBytes: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  };
  const isFull = end.count === FULL16 || end.sizeBytes === FULL32 || end.offset === FULL32;
  const locator = at - LOCATOR_BYTES;
  if (!isFull || locator < 0 || tail.getUint32(locator, true) !== LOCATOR) return end;
  const offset = big(tail, locator + 8, window.path);
  const end64 = viewOf(await readWindow(file, window, offset, END64_BYTES));
  if (end64.byteLength < END64_BYTES || end64.getUint32(0, true) !== END64) {
    throw broken(window.path, "its zip64 directory is missing");
  }
  const field = (place: number): number => big(end64, place, window.path);
  return { count: field(32), sizeBytes: field(40), offset: field(48) };
}

/** A header of the directory, and how long it is. */
function readHeader(bytes: Uint8Array, at: number, path: string): [Header, number] {
  const view = viewOf(bytes);
  if (at + CENTRAL_BYTES > bytes.length || view.getUint32(at, true) !== CENTRAL) {
    throw broken(path, "its directory is damaged");
  }
  const nameBytes = view.getUint16(at + 28, true), extraBytes = view.getUint16(at + 30, true);
  const extraAt = at + CENTRAL_BYTES + nameBytes;
  const length = CENTRAL_BYTES + nameBytes + extraBytes + view.getUint16(at + 32, true);
  if (at + length > bytes.length) throw broken(path, "its directory is damaged");
  const raw = new TextDecoder().decode(bytes.subarray(at + CENTRAL_BYTES, extraAt));
  const [sizeBytes, packedBytes, localOffset] = zip64(
    [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)],
    bytes.subarray(extraAt, extraAt + extraBytes),
    path,
  );
  const name = safeName(raw, path);
  const isFolder = /[\\/]$/.test(raw);
  return [{
    name: isFolder ? `${name}/` : name,
    flags: view.getUint16(at + 8, true),
    method: view.getUint16(at + 10, true),
    crc32: view.getUint32(at + 16, true),
    unixType: view.getUint16(at + 40, true) >> 12,
    sizeBytes,
    packedBytes,
    localOffset,
  }, length];
}

/** Replaces the 32-bit fields that are full by those of the zip64 extra field, in its fixed order. */
function zip64(fields: readonly [number, number, number], extra: Uint8Array, path: string): [
  number,
  number,
  number,
] {
  const view = viewOf(extra);
  let at = 0;
  while (at + 4 <= extra.length && view.getUint16(at, true) !== 1) at += 4 + view.getUint16(at + 2, true);
  at += 4;
  const [size, packed, offset] = fields.map((field) => {
    if (field !== FULL32) return field;
    if (at + 8 > extra.length) throw broken(path, "a zip64 field is missing");
    at += 8;
    return big(view, at - 8, path);
  });
  return [size ?? 0, packed ?? 0, offset ?? 0];
}

/** Finds the data behind the local header, whose name and extra field may differ in length. */
async function locate(file: Deno.FsFile, window: Window, header: Header): Promise<ZipEntry> {
  const { name, flags, unixType, packedBytes, localOffset, method, crc32, sizeBytes } = header;
  if (unixType !== 0 && unixType !== REGULAR) throw refused(window.path, `${name} is a link or a device`);
  if ((flags & ENCRYPTED) !== 0) throw refused(window.path, `${name} is encrypted`);
  const local = viewOf(await readWindow(file, window, localOffset, LOCAL_BYTES));
  if (local.byteLength < LOCAL_BYTES || local.getUint32(0, true) !== LOCAL) {
    throw broken(window.path, `the header of ${name} is missing`);
  }
  const start = localOffset + LOCAL_BYTES + local.getUint16(26, true) + local.getUint16(28, true);
  if (start + packedBytes > window.sizeBytes) throw broken(window.path, `${name} ends past the end`);
  if (method === 0 && packedBytes !== sizeBytes) throw broken(window.path, `${name} has two sizes`);
  const data = { path: window.path, offset: window.offset + start, sizeBytes: packedBytes };
  return { name, method, crc32, sizeBytes, data };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function big(view: DataView, at: number, path: string): number {
  const value = Number(view.getBigUint64(at, true));
  if (!Number.isSafeInteger(value)) throw broken(path, `${value} bytes cannot be`);
  return value;
}
