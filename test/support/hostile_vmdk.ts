/**
 * VMware disks that qemu would read otherwise than this program.
 *
 * @module
 */
import { runCommand } from "../../src/run/command.ts";

const DESCRIPTOR_AT = 512, DESCRIPTOR_BYTES = 20 * 512;

/** How a snapshot may say that it is none: qemu looks for the parent's id in comments, too, and for a name in any case. */
const DISGUISES = {
  comment: "#$1\nparentCID=ffffffff",
  "name alone": "parentCID=ffffffff",
} as const;

/** Makes a snapshot of a disk that says that it is none. */
export async function makeHiddenSnapshot(
  path: string,
  parent: string,
  disguise: keyof typeof DISGUISES,
): Promise<void> {
  await runCommand("qemu-img", ["create", "-q", "-f", "vmdk", "-b", parent, "-F", "vmdk", path]);
  await editDescriptor(path, (text) => text.replace(/^(parentCID=\w+)$/m, DISGUISES[disguise]));
}

/** Makes a disk without a capacity, whose descriptor qemu takes for that of a disk in another file. */
export async function makeRedirection(path: string, extent: string, sizeBytes: number): Promise<void> {
  await runCommand("qemu-img", ["create", "-q", "-f", "vmdk", path, String(sizeBytes)]);
  const line = `createType="monolithicFlat"\nRW ${sizeBytes / 512} FLAT "${extent}" 0\n`;
  await editDescriptor(
    path,
    (text) => text.replace(/^createType=.*$/m, line).replace(/^RW .* SPARSE .*$/m, ""),
  );
  using file = await Deno.open(path, { write: true });
  await file.seek(12, Deno.SeekMode.Start);
  await file.write(new Uint8Array(8));
}

/** Changes the descriptor in a disk, which keeps its length. */
async function editDescriptor(path: string, edit: (text: string) => string): Promise<void> {
  const bytes = await Deno.readFile(path);
  const place = bytes.subarray(DESCRIPTOR_AT, DESCRIPTOR_AT + DESCRIPTOR_BYTES);
  const text = edit(new TextDecoder("latin1").decode(place)).slice(0, place.length);
  place.set(new TextEncoder().encode(text));
  await Deno.writeFile(path, bytes);
}
