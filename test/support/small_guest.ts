/**
 * A very small guest: a filesystem of 64 MiB that says that it is Debian. It is converted in the time that the appliance
 * takes to start; it does not boot.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { runCommand } from "../../src/run/command.ts";

/** The filesystem's UUID, which /etc/fstab is to name it by. */
export const SMALL_GUEST_UUID = "11111111-2222-3333-4444-999999999999";

/** What a test needs that makes one and looks into it. */
export const SMALL_GUEST_PROGRAMS = ["mkfs.ext4", "debugfs", "qemu-img"] as const;

/** Writes a guest of this host name as a qcow2 image. */
export async function makeSmallGuest(path: string, hostname: string): Promise<void> {
  const scratch = await Deno.makeTempDir({ dir: dirname(path), prefix: ".small-" });
  try {
    const tree = join(scratch, "tree"), raw = join(scratch, "disk.raw");
    for (const folder of ["etc/network", "boot", "var/lib/dpkg", "usr/bin", "usr/sbin", "bin", "sbin"]) {
      await Deno.mkdir(join(tree, folder), { recursive: true });
    }
    const write = (name: string, text: string): Promise<void> => Deno.writeTextFile(join(tree, name), text);
    await write("etc/hostname", `${hostname}\n`);
    await write(
      "etc/os-release",
      'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    );
    await write("etc/debian_version", "12.5\n");
    await write("etc/fstab", "/dev/sda / ext4 defaults 0 1\n");
    await write("var/lib/dpkg/status", "");
    await runCommand("mkfs.ext4", ["-q", "-F", "-U", SMALL_GUEST_UUID, "-d", tree, raw, "64M"]);
    await runCommand("qemu-img", ["convert", "-O", "qcow2", raw, path]);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** A file in an image of such a guest. */
export async function readSmallGuest(image: string, file: string): Promise<string> {
  const raw = `${image}.raw-copy`;
  await runCommand("qemu-img", ["convert", "-O", "raw", image, raw]);
  try {
    return (await runCommand("debugfs", ["-R", `cat ${file}`, raw])).stdout;
  } finally {
    await Deno.remove(raw);
  }
}
