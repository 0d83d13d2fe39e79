/**
 * The UEFI guest as one that starts from a unified kernel image: systemd-boot in place of GRUB, and nothing else to
 * boot. Made on a copy of its disk, in seconds.
 *
 * @module
 */
import { join } from "@std/path";
import { runCommand } from "../../src/run/command.ts";
import { ensureGuest } from "./guests.ts";
import { run } from "./guests/disk.ts";
import { makeUnified, SYSTEMD_BOOT, UNIFIED_NEEDS } from "./unified.ts";

/** What a test needs that makes one. */
export const UNIFIED_GUEST_NEEDS = {
  programs: [...UNIFIED_NEEDS.programs, "qemu-img", "qemu-system-x86_64", "mcopy", "/usr/sbin/debugfs"],
  libraries: ["libguestfs.so.0"],
} as const;
/** Where the partitions of the UEFI guest begin, in MiB. */
const ESP_MIB = 1, ROOT_MIB = 65;

/** Makes the disk below `folder`; its image has VMware's drivers and a root by disk name. Returns its path. */
export async function unifiedGuest(folder: string): Promise<string> {
  const { raw } = await ensureGuest("uefi");
  const disk = join(folder, "disk.raw"), esp = `${disk}@@${ESP_MIB}M`;
  await runCommand("cp", ["--sparse=always", raw, disk]);
  await Deno.chmod(disk, 0o600);
  const debugfs = async (command: string): Promise<string> =>
    (await run("debugfs", ["-w", "-R", command, `${disk}?offset=${ROOT_MIB * 1024 ** 2}`], {})).stdout;
  const release = /vmlinuz-(\S+)/.exec(await debugfs("ls -p /boot"))![1]!.split("/")[0]!;
  const [kernel, initrd, image] = ["vmlinuz", "initrd", "uki.efi"].map((name) => join(folder, name));
  await debugfs(`dump /boot/vmlinuz-${release} ${kernel}`);
  await debugfs(`dump /boot/initrd.img-${release} ${initrd}`);
  await debugfs("rm /boot/grub/grub.cfg");
  const cmdline = "root=/dev/sda2 ro console=ttyS0,115200n8";
  await makeUnified(image!, { kernel: kernel!, initrd: initrd!, cmdline }, folder);
  await run("mdeltree", ["-i", esp, "::/EFI/debian"], {});
  await run("mmd", ["-i", esp, "::/EFI/Linux"], {});
  await run("mcopy", ["-o", "-i", esp, SYSTEMD_BOOT, "::/EFI/BOOT/BOOTX64.EFI"], {});
  await run("mcopy", ["-i", esp, image!, `::/EFI/Linux/debian-${release}.efi`], {});
  return disk;
}
