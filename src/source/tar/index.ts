/**
 * The index of a tar file: where each member's contents are, without reading them. `@std/tar` reads sizes over
 * 8 GiB as NaN, and nothing else gives offsets.
 *
 * Format: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header Block"; GNU tar manual, "Basic Tar
 * Format", for base-256 numbers, long names and sparse members.
 *
 * @module
 */
import { cancelled, MigrateError } from "../../model/error.ts";
import type { ReadableFile } from "../input/window.ts";
import { isTarHeader, type TarHeader, tarHeader, TarHeaderError } from "./header.ts";
import { type PaxRecords, paxRecords } from "./pax.ts";

export { isTarHeader } from "./header.ts";

/** What a member is; a `sparse` one is stored in GNU's form with its holes left out. */
export type TarMemberType = "file" | "folder" | "sparse";

/** One member. */
export interface TarMember {
  /** Name as the archive has it, without a leading `./`; never absolute and never with `..`. */
  readonly name: string;
  /** Where the contents start in the tar, in bytes. */
  readonly offset: number;
  /** How many bytes are stored. */
  readonly sizeBytes: number;
  /** What it is. */
  readonly type: TarMemberType;
  /** Of a sparse member: the name by which tar finds it, as the archive has it. */
  readonly archiveName?: string;
}

/** Limits, and what errors call the archive. */
export interface TarIndexOptions {
  /** Path for error texts. */
  readonly path: string;
  /** Most members that are accepted (default: 10,000). */
  readonly maxMembers?: number;
  /** Aborted on Ctrl-C. */
  readonly signal?: AbortSignal;
}

const BLOCK = 512;
/** `S`. */
const SPARSE_TYPE = 0x53;
const DEFAULT_MAX_MEMBERS = 10_000;
/** Most bytes of a pax header or of a long name: both are read into memory. */
const MAX_META_BYTES = 1024 * 1024;
/** GNU long names of the next member (`L`) and of its link target (`K`), pax headers, a volume label. */
const META_TYPES = "LKxgV";

/** What the meta members so far say of the next member, and of all that follow. */
interface Known {
  readonly name?: string;
  readonly pax: PaxRecords;
  readonly global: PaxRecords;
}

/**
 * Lists the members of an uncompressed tar, reading nothing but headers.
 *
 * @throws {MigrateError} `source/damaged` for a header or a length that cannot be, `source/unsupported` for
 * absolute names, `..`, links, devices and too many members, `run/cancelled`
 */
export async function indexTar(file: ReadableFile, options: TarIndexOptions): Promise<TarMember[]> {
  const { maxMembers = DEFAULT_MAX_MEMBERS, path } = options;
  const { size } = await file.stat();
  const members: TarMember[] = [];
  let known: Known = { pax: new Map(), global: new Map() };
  let headers = 0;
  for (let at = 0; at < size;) {
    if (options.signal?.aborted) throw cancelled();
    // Each member may have a long name, a long link and a pax header before it.
    if (members.length > maxMembers || ++headers > 4 * maxMembers + 4) throw tooMany(path, maxMembers);
    const block = await readAt(file, at, BLOCK);
    if (block.every((byte) => byte === 0)) break;
    const header = parsed(block, path, at);
    const meta = META_TYPES.includes(header.type);
    const sizeBytes = meta ? header.sizeBytes : sizeOf(header, known, path);
    const offset = at + BLOCK + await sparseMapBytes(file, block, at, path);
    if (offset + sizeBytes > size) throw damaged(path, cutOff(header.name, offset + sizeBytes, size));
    at = offset + Math.ceil(sizeBytes / BLOCK) * BLOCK;
    if (meta) {
      if (sizeBytes > MAX_META_BYTES) throw damaged(path, `a header of ${sizeBytes} bytes`);
      known = learn(known, header.type, await readAt(file, offset, sizeBytes), path);
    } else {
      const member = toMember(header, { offset, sizeBytes }, known, path);
      if (member.name !== "") members.push(member);
      known = { pax: new Map(), global: known.global };
    }
  }
  return members;
}

/**
 * Bytes of the blocks that continue the map of an old GNU sparse member: they come before the contents, and
 * the size does not count them.
 */
async function sparseMapBytes(
  file: ReadableFile,
  header: Uint8Array,
  at: number,
  path: string,
): Promise<number> {
  if (header[156] !== SPARSE_TYPE || header[482] === 0) return 0;
  for (let bytes = BLOCK; bytes <= MAX_META_BYTES; bytes += BLOCK) {
    const block = await readAt(file, at + bytes, BLOCK);
    if (block.length < BLOCK) throw damaged(path, "a sparse map is cut off");
    if (block[504] === 0) return bytes;
  }
  throw damaged(path, `a sparse map of over ${MAX_META_BYTES} bytes`);
}

/** Takes in a meta member; a label and the long name of a link's target say nothing of use. */
function learn(known: Known, type: string, bytes: Uint8Array, path: string): Known {
  if (type === "L") return { ...known, name: cString(bytes) };
  if (type !== "x" && type !== "g") return known;
  const records = paxRecords(bytes);
  if (records === null) throw damaged(path, "a pax header that cannot be read");
  return type === "x"
    ? { ...known, pax: records }
    : { ...known, global: new Map([...known.global, ...records]) };
}

function parsed(block: Uint8Array, path: string, at: number): TarHeader {
  try {
    if (!isTarHeader(block)) throw new TarHeaderError(`no member starts at byte ${at}`);
    return tarHeader(block);
  } catch (error) {
    if (error instanceof TarHeaderError) throw damaged(path, error.message, error);
    throw error;
  }
}

/** The stored size: a pax header's where there is one, because it has no limit. */
function sizeOf(header: TarHeader, { pax, global }: Known, path: string): number {
  const text = pax.get("size") ?? global.get("size");
  if (text === undefined) return holdsData(header.type) ? header.sizeBytes : 0;
  const size = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(size)) throw damaged(path, `${header.name} has the size "${text.slice(0, 40)}"`);
  return size;
}

/** A folder's size field is a quota at most; links and devices have none. */
function holdsData(type: string): boolean {
  return !"123456".includes(type);
}

/** Names of the types that are refused. */
const REFUSED: Readonly<Record<string, string>> = {
  "1": "a hard link",
  "2": "a symbolic link",
  "3": "a device",
  "4": "a device",
  "6": "a named pipe",
};

function toMember(
  header: TarHeader,
  place: Pick<TarMember, "offset" | "sizeBytes">,
  { name: longName, pax, global }: Known,
  path: string,
): TarMember {
  const sparseName = pax.get("GNU.sparse.name");
  const raw = sparseName ?? pax.get("path") ?? longName ?? global.get("path") ?? header.name;
  const name = safeName(raw, path);
  const refused = REFUSED[header.type];
  if (refused !== undefined) throw unsafe(path, `its member ${raw} is ${refused}`);
  if (header.type === "5") return { name, ...place, type: "folder" };
  const sparse = header.type === "S" || sparseName !== undefined || pax.has("GNU.sparse.size");
  if (sparse) return { name, ...place, type: "sparse", archiveName: raw };
  if (!"\x000 7".includes(header.type)) throw unsafe(path, `its member ${raw} has the type "${header.type}"`);
  // Archives older than ustar mark a folder by its name alone.
  return { name, ...place, type: raw.endsWith("/") ? "folder" : "file" };
}

function safeName(raw: string, path: string): string {
  const parts = raw.split("/");
  if (raw.startsWith("/")) throw unsafe(path, `its member ${raw} has an absolute name`);
  if (parts.includes("..")) throw unsafe(path, `its member ${raw} leads out of the archive`);
  return parts.filter((part) => part !== "" && part !== ".").join("/");
}

function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function cutOff(name: string, needed: number, size: number): string {
  return `${name} ends at byte ${needed}, but the archive has ${size}`;
}

function damaged(path: string, reason: string, cause?: unknown): MigrateError {
  return new MigrateError("source/damaged", `Cannot read ${path}: ${reason}.`, {
    hint: "Copy or export it again: the archive is incomplete or changed on the way.",
    cause,
  });
}

function unsafe(path: string, reason: string): MigrateError {
  return new MigrateError("source/unsupported", `Cannot read ${path}: ${reason}.`, {
    hint: "Unpack it by hand if you trust it, and name the disk inside.",
  });
}

function tooMany(path: string, maxMembers: number): MigrateError {
  return new MigrateError("source/unsupported", `Cannot read ${path}: it has over ${maxMembers} members.`, {
    hint: "Unpack it by hand if you trust it, and name the disk inside.",
  });
}

async function readAt(file: ReadableFile, offset: number, wanted: number): Promise<Uint8Array> {
  await file.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(wanted);
  let length = 0;
  for (let read; length < wanted && (read = await file.read(bytes.subarray(length))) !== null;) {
    length += read;
  }
  return bytes.subarray(0, length);
}
