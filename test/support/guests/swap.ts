/**
 * Swap areas, written without mkswap's check of the device.
 *
 * @module
 */
import { blank, writeAt } from "./disk.ts";

const PAGE = 4096;

/** Makes a swap area of version 1 (mkswap(8), `struct swap_header_v1_2`), as a sparse file. */
export async function makeSwap(path: string, sizeBytes: number, uuid?: string): Promise<void> {
  await blank(path, sizeBytes);
  const page = new Uint8Array(PAGE);
  const view = new DataView(page.buffer);
  view.setUint32(1024, 1, true);
  view.setUint32(1028, sizeBytes / PAGE - 1, true);
  page.set(
    uuid === undefined
      ? crypto.getRandomValues(new Uint8Array(16))
      : Uint8Array.fromHex(uuid.replaceAll("-", "")),
    1036,
  );
  page.set(new TextEncoder().encode("SWAPSPACE2"), PAGE - 10);
  await writeAt(path, 0, page);
}
