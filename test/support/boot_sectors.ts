/**
 * Disks that are nothing but a boot sector: real machines without a guest system, which take a second each.
 *
 * @module
 */

/** Writes a text to the first serial port and halts. */
export function speaking(text: string): number[] {
  const code = [0x31, 0xc0, 0x8e, 0xd8, 0xbe, 21, 0x7c, 0xba, 0xf8, 0x03]; // ds = 0; si = text; dx = COM1
  const loop = [0xac, 0x84, 0xc0, 0x74, 0x03, 0xee, 0xeb, 0xf8, 0xf4, 0xeb, 0xfd]; // out until zero; hlt
  return [...code, ...loop, ...new TextEncoder().encode(text), 0];
}

/** `jmp FFFF:0000`: the machine starts again. */
export const RESTARTING = [0xea, 0x00, 0x00, 0xff, 0xff];
/** `hlt; jmp $`: nothing more happens. */
export const SILENT = [0xf4, 0xeb, 0xfd];

/** Writes a disk of 1 MiB with this boot sector, or with nothing on it. */
export async function writeBootSector(path: string, sector: readonly number[] | null): Promise<void> {
  const bytes = new Uint8Array(1024 * 1024);
  if (sector !== null) {
    bytes.set(sector);
    bytes.set([0x55, 0xaa], 510);
  }
  await Deno.writeFile(path, bytes);
}
