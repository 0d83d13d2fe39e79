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

/** Where a BIOS puts the boot sector, and the length of the code of {@linkcode asking}. */
const [ORIGIN, ASKING_BYTES] = [0x7c00, 0x44];

/** Writes a question to the first serial port until the line that comes back is the key, then a reply, and halts. */
export function asking(question: string, key: string, reply: string): number[] {
  const texts = [`${question}\0`, `${key}\r`, `${reply}\0`].map((text) => new TextEncoder().encode(text));
  const [asks, keys, replies] = texts.map((_, index) => {
    const at = ORIGIN + ASKING_BYTES + texts.slice(0, index).reduce((sum, { length }) => sum + length, 0);
    return [at & 0xff, at >> 8];
  }) as [number[], number[], number[]];
  return [
    ...[0xfa, 0x31, 0xc0, 0x8e, 0xd8], // cli: the firmware would take what is typed; ds = 0
    ...[0xbe, ...asks, 0xe8, 0x21, 0x00, 0xbe, ...keys], // ask: print the question; si = key
    ...[0xe8, 0x27, 0x00, 0x3a, 0x04, 0x75, 0x0e, 0x46, 0x3c, 0x0d, 0x75, 0xf4], // as long as each byte fits, to its end
    ...[0xbe, ...replies, 0xe8, 0x0c, 0x00, 0xf4, 0xeb, 0xfd], // print the reply; hlt
    ...[0x3c, 0x0d, 0x74, 0xde, 0xe8, 0x0e, 0x00, 0xeb, 0xf7], // wrong: read on to the end of the line; ask again
    ...[0xba, 0xf8, 0x03, 0xac, 0x84, 0xc0, 0x74, 0x03, 0xee, 0xeb, 0xf8, 0xc3], // print: out until zero
    ...[0xba, 0xfd, 0x03, 0xec, 0xa8, 0x01, 0x74, 0xf8, 0xb2, 0xf8, 0xec, 0xc3], // read: wait for a byte
    ...texts.flatMap((text) => [...text]),
  ];
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
