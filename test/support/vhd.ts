/**
 * Differencing VHDs, which no program here writes.
 *
 * @module
 */

const SECTOR = 512;
const BLOCK_BYTES = 2 * 1024 * 1024;
const BLOCK_SECTORS = BLOCK_BYTES / SECTOR;

/** What a child has of its own: bytes of one value, by sector. */
export type OwnSectors = ReadonlyMap<number, number>;

/** Writes a child of a VHD; `parentName` stands in the header and in a relative locator. */
export async function writeChild(
  path: string,
  parentPath: string,
  parentName: string,
  own: OwnSectors,
): Promise<void> {
  const parent = await Deno.readFile(parentPath);
  const footer = parent.slice(-SECTOR);
  const size = Number(new DataView(footer.buffer).getBigUint64(48));
  const parentUuid = footer.slice(68, 84);
  const view = new DataView(footer.buffer);
  view.setBigUint64(16, BigInt(SECTOR));
  view.setUint32(60, 4);
  footer.set(crypto.getRandomValues(new Uint8Array(16)), 68);
  checksum(footer, 64);
  const blocks = Math.ceil(size / BLOCK_BYTES);
  const tableBytes = Math.ceil(blocks * 4 / SECTOR) * SECTOR;
  const locatorAt = 3 * SECTOR + tableBytes;
  const locator = utf16(`.\\${parentName}`, true);
  const header = makeHeader({ blocks, parentUuid, parentName, locatorAt, locatorBytes: locator.length });
  const table = new DataView(new ArrayBuffer(tableBytes));
  for (let at = 0; at < tableBytes; at += 4) table.setUint32(at, 0xffff_ffff);
  const parts: Uint8Array[] = [footer, header, new Uint8Array(table.buffer), padded(locator)];
  let at = parts.reduce((sum, part) => sum + part.length, 0);
  for (const block of new Set([...own.keys()].map((sector) => Math.floor(sector / BLOCK_SECTORS)))) {
    table.setUint32(block * 4, at / SECTOR);
    const bytes = makeBlock(block, own);
    parts.push(bytes);
    at += bytes.length;
  }
  await Deno.writeFile(path, new Uint8Array(await new Blob([...parts, footer] as BlobPart[]).arrayBuffer()));
}

interface HeaderValues {
  readonly blocks: number;
  readonly parentUuid: Uint8Array;
  readonly parentName: string;
  readonly locatorAt: number;
  readonly locatorBytes: number;
}

function makeHeader(values: HeaderValues): Uint8Array {
  const header = new Uint8Array(2 * SECTOR);
  const view = new DataView(header.buffer);
  header.set(new TextEncoder().encode("cxsparse"));
  view.setBigUint64(8, 0xffff_ffff_ffff_ffffn);
  view.setBigUint64(16, BigInt(3 * SECTOR));
  view.setUint32(24, 0x10000);
  view.setUint32(28, values.blocks);
  view.setUint32(32, BLOCK_BYTES);
  header.set(values.parentUuid, 40);
  header.set(utf16(values.parentName, false), 64);
  header.set(new TextEncoder().encode("W2ru"), 576);
  view.setUint32(580, SECTOR);
  view.setUint32(584, values.locatorBytes);
  view.setBigUint64(592, BigInt(values.locatorAt));
  checksum(header, 36);
  return header;
}

/** A block: its bitmap, then its data, with rubbish where the bitmap has no bit. */
function makeBlock(block: number, own: OwnSectors): Uint8Array {
  const bytes = new Uint8Array(SECTOR + BLOCK_BYTES).fill(0xee, SECTOR);
  for (const [sector, value] of own) {
    const index = sector - block * BLOCK_SECTORS;
    if (index < 0 || index >= BLOCK_SECTORS) continue;
    bytes[index >> 3]! |= 0x80 >> (index & 7);
    bytes.fill(value, SECTOR + index * SECTOR, SECTOR + (index + 1) * SECTOR);
  }
  return bytes;
}

function checksum(bytes: Uint8Array, at: number): void {
  bytes.fill(0, at, at + 4);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, ~sum >>> 0);
}

function utf16(text: string, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let at = 0; at < text.length; at++) view.setUint16(at * 2, text.charCodeAt(at), littleEndian);
  return new Uint8Array(view.buffer);
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / SECTOR) * SECTOR);
  whole.set(bytes);
  return whole;
}
