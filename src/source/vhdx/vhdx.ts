/**
 * Hyper-V's disks. qemu (7.2) refuses a VHDX with a parent, so that is found here and told with the cure.
 *
 * Format: MS-VHDX, sections 2.2.3 (region table), 2.6 (metadata) and 2.6.2.6 (parent locator).
 *
 * @module
 */
import { basename, dirname, join } from "@std/path";
import { MigrateError } from "../../model/error.ts";
import { describeImage } from "../disk_image.ts";
import type { FoundMachine, InputHead, Source, SourceContext } from "../source.ts";
import { fileNames } from "../vhd/chain.ts";
import { readWindow, type Window } from "../input/window.ts";

const SIGNATURE = "vhdxfile";
const REGION_TABLE_AT = 192 * 1024, REGION_TABLE_BYTES = 64 * 1024;
const METADATA_BYTES = 1024 * 1024;
/** GUIDs as they are stored: the first three fields little-endian. */
const METADATA_REGION = "06a27c8b90479a4bb8fe575f050f886e";
const FILE_PARAMETERS = "3767a1ca36fa434db3b633f0aa44e76b";
const PARENT_LOCATOR = "2d5fd3a80bb34d45abf7d3d84834ab0c";
const HAS_PARENT = 2;
const PARENT_KEYS: ReadonlySet<string> = new Set(["relative_path", "absolute_win32_path", "volume_path"]);

/** The names that the parent of a VHDX may have; null when it has no parent or cannot be read. */
export async function vhdxParent(file: Window): Promise<string[] | null> {
  using open = await Deno.open(file.path, { read: true });
  const table = await readWindow(open, file, REGION_TABLE_AT, REGION_TABLE_BYTES);
  const place = find(table, METADATA_REGION, 16, 32, 8);
  if (place === null) return null;
  const offset = Number(viewOf(table).getBigUint64(place + 16, true));
  const metadata = await readWindow(open, file, offset, METADATA_BYTES);
  const item = (guid: string): Uint8Array | null => {
    const at = find(metadata, guid, 32, 32, 10);
    if (at === null) return null;
    const start = viewOf(metadata).getUint32(at + 16, true);
    return metadata.subarray(start, start + viewOf(metadata).getUint32(at + 20, true));
  };
  const parameters = item(FILE_PARAMETERS);
  if (parameters === null || ((parameters[4] ?? 0) & HAS_PARENT) === 0) return null;
  return parentNames(item(PARENT_LOCATOR) ?? new Uint8Array());
}

/** Finds the entry of a table by its GUID; the number of entries is a 16- or 32-bit field. */
function find(
  table: Uint8Array,
  guid: string,
  first: number,
  entryBytes: number,
  countAt: number,
): number | null {
  if (table.length < first) return null;
  const count = viewOf(table).getUint16(countAt, true);
  for (
    let index = 0, at = first;
    index < count && at + entryBytes <= table.length;
    index++, at += entryBytes
  ) {
    if (table.slice(at, at + 16).toHex() === guid) return at;
  }
  return null;
}

/** The file names in a parent locator: keys and values in UTF-16, placed by a table. */
function parentNames(locator: Uint8Array): string[] {
  if (locator.length < 20) return [];
  const view = viewOf(locator);
  const text = (at: number, length: number): string =>
    new TextDecoder("utf-16le").decode(locator.subarray(at, at + length));
  const paths: string[] = [];
  const count = view.getUint16(18, true);
  for (let at = 20, index = 0; index < count && at + 12 <= locator.length; index++, at += 12) {
    const key = text(view.getUint32(at, true), view.getUint16(at + 8, true));
    if (PARENT_KEYS.has(key)) paths.push(text(view.getUint32(at + 4, true), view.getUint16(at + 10, true)));
  }
  return fileNames(paths);
}

async function read(head: InputHead, context: SourceContext): Promise<FoundMachine> {
  const whole = head.inside ?? { path: head.path, offset: 0, sizeBytes: head.sizeBytes };
  const names = await vhdxParent(whole);
  if (names === null) return await describeImage("vhdx", head, context);
  const parent = names.join(" or ") || "another disk";
  for await (const entry of Deno.readDir(dirname(head.path))) {
    if (!names.some((name) => name.toLowerCase() === entry.name.toLowerCase())) continue;
    throw unsupported(head.path, join(dirname(head.path), entry.name));
  }
  throw new MigrateError("source/missing", `Cannot read ${head.path}: its parent ${parent} is missing.`, {
    hint: `Merge both on the Hyper-V host: ${mergeLine(head.path)}`,
  });
}

function unsupported(path: string, parent: string): MigrateError {
  return new MigrateError(
    "source/unsupported",
    `Cannot read ${path}: it is a differencing VHDX on ${parent}, which qemu cannot open.`,
    { hint: `Merge both on the Hyper-V host: ${mergeLine(path)}` },
  );
}

function mergeLine(path: string): string {
  return `Convert-VHD -Path ${basename(path)} -DestinationPath whole.vhdx`;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** VHDX. */
export const vhdx: Source = {
  kind: "vhdx",
  title: "Hyper-V disk (VHDX)",
  inPlace: true,
  matches: ({ bytes }) => new TextDecoder("latin1").decode(bytes.subarray(0, SIGNATURE.length)) === SIGNATURE,
  read,
};
