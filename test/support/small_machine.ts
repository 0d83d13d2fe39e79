/**
 * A machine of two small disks with a system on them that has all that the fixes look at except a kernel: an
 * appliance opens it in no time, and nothing boots.
 *
 * @module
 */
import { join } from "@std/path";
import { runCommand } from "../../src/run/command.ts";

const MIB = 1024 ** 2;

/** What making one needs. */
export const SMALL_MACHINE_NEEDS = { programs: ["mkfs.ext4", "debugfs", "qemu-img"] } as const;

/** The disks of a small machine. */
export interface SmallMachine {
  /** Raw images without a partition table, the system first. */
  readonly disks: readonly [string, string];
}

/** Makes the disks in a folder; `seed` makes what is on the second one another. */
export async function makeSmallMachine(folder: string, seed = 1): Promise<SmallMachine> {
  const [system, data] = [join(folder, "system"), join(folder, "data")];
  for (const path of ["etc", "usr/bin", "usr/lib/modules", "boot", "data"]) {
    await Deno.mkdir(join(system, path), { recursive: true });
  }
  await Deno.mkdir(data, { recursive: true });
  const files = {
    "etc/os-release": 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    "etc/hostname": "small\n",
    "etc/fstab": "/dev/sda / ext4 defaults 0 1\n/dev/sdb /data ext4 defaults 0 2\n",
  };
  for (const [path, text] of Object.entries(files)) await Deno.writeTextFile(join(system, path), text);
  await Deno.writeFile(join(system, "etc/noise"), noise(8 * MIB, seed));
  await Deno.writeFile(join(data, "noise"), noise(16 * MIB, seed + 1));
  const disks = [join(folder, "disk-1.raw"), join(folder, "disk-2.raw")] as const;
  await runCommand("mkfs.ext4", ["-q", "-F", "-L", "root", "-d", system, disks[0], "64M"]);
  await runCommand("mkfs.ext4", ["-q", "-F", "-L", "data", "-d", data, disks[1], "64M"]);
  for (const tree of [system, data]) await Deno.remove(tree, { recursive: true });
  return { disks };
}

/** A file out of an image in any format, as text; the image is not mounted. */
export async function readFromImage(image: string, path: string): Promise<string> {
  const raw = `${image}.read.raw`;
  try {
    await runCommand("qemu-img", ["convert", "-O", "raw", "--", image, raw]);
    return (await runCommand("debugfs", ["-R", `cat ${path}`, raw])).stdout;
  } finally {
    await Deno.remove(raw);
  }
}

/** Bytes that do not compress and are the same for one seed (xorshift32). */
function noise(lengthBytes: number, seed: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(lengthBytes / 4);
  let state = seed * 2_654_435_761 >>> 0 || 1;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer);
}
