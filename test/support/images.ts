/**
 * Small disk images, made with the real qemu-img.
 *
 * @module
 */
import { join } from "@std/path";
import { runCommand } from "../../src/run/command.ts";

const MIB = 1024 * 1024;

/** Writes a raw disk with an MBR signature and recognisable bytes in three places; the rest is sparse. */
export async function makeRawDisk(path: string, sizeBytes = 8 * MIB): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  await file.truncate(sizeBytes);
  const block = new Uint8Array(64 * 1024);
  for (const [index, offset] of [0, sizeBytes / 2, sizeBytes - block.length].entries()) {
    // A pattern that neither compresses to nothing nor looks like zeros.
    block.forEach((_, at) => block[at] = (at * 31 + index * 7 + (at >> 8)) & 0xff);
    block[510] = 0x55;
    block[511] = 0xaa;
    await file.seek(offset, Deno.SeekMode.Start);
    await file.write(block);
  }
}

/** Converts an image; `options` are qemu-img's `-o`. */
export async function convertImage(
  from: string,
  to: string,
  format: string,
  options?: string,
): Promise<void> {
  const extra = options === undefined ? [] : ["-o", options];
  await runCommand("qemu-img", ["convert", "-O", format, ...extra, "--", from, to]);
}

/** Writes `disk.raw`, sparse, and the same as `d.vmdk` with three extents, `d-s001.vmdk` and so on. */
export async function makeSplitDisk(folder: string): Promise<void> {
  await makeRawDisk(join(folder, "disk.raw"), 5000 * MIB);
  const options = "subformat=twoGbMaxExtentSparse";
  await convertImage(join(folder, "disk.raw"), join(folder, "d.vmdk"), "vmdk", options);
}

/** Whether two images have the same contents. */
export async function sameContents(a: string, b: string): Promise<boolean> {
  const { status } = await runCommand("qemu-img", ["compare", "-q", "--", a, b], { okStatuses: [0, 1] });
  return status === 0;
}

/** SHA-256 of a small file, in hex. */
export async function sha256(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
