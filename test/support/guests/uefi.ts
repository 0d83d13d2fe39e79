/**
 * The UEFI guest: GPT, a system partition, ext4; GRUB, fstab and menu by disk name; a static address by
 * systemd-networkd.
 *
 * @module
 */
import { DISK_MIB, partition, Tree, writeEsp } from "./disk.ts";
import { STATIC_ADDRESS, useNetworkd } from "./networks.ts";
import type { BuildInput, Recipe } from "./recipe.ts";

const ROOT_UUID = "11111111-2222-3333-4444-666666666666";
const ESP = { offsetMib: 1, sizeMib: 64 } as const;
const ROOT = { offsetMib: 65, sizeMib: DISK_MIB - 66 } as const; // the last MiB holds the second GPT

const TABLE = `label: gpt
start=${ESP.offsetMib}MiB, size=${ESP.sizeMib}MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="EFI"
start=${ROOT.offsetMib}MiB, size=${ROOT.sizeMib}MiB, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="root"
`;

const FSTAB = `/dev/sda2  /            ext4  errors=remount-ro  0  1
/dev/sda1  /boot/efi    vfat  umask=0077  0  1`;

/** UEFI, GPT, ext4 by disk name, static address. */
export const UEFI: Recipe = {
  title: "UEFI, GPT, ext4",
  files: [new URL(import.meta.url), new URL("./networks.ts", import.meta.url)],
  async build({ rootfsTar, raw, scratch, options }: BuildInput): Promise<void> {
    await partition(raw, TABLE, options);
    const tree = await Tree.unpack(rootfsTar, scratch, options);
    await tree.edit("etc/fstab", [[/^\/dev\/sda1 .*$/gm, FSTAB]]);
    await tree.edit("boot/grub/grub.cfg", [
      [/hd0,msdos1/g, "hd0,gpt2"],
      [/part_msdos/g, "part_gpt"],
      [/\/dev\/sda1/g, "/dev/sda2"],
    ]);
    await Deno.mkdir(`${tree.path}/boot/efi`);
    await useNetworkd(tree, STATIC_ADDRESS.uefi);
    await tree.writeExt4(raw, ROOT.offsetMib, ROOT.sizeMib, ROOT_UUID);
    await tree.remove();
    await writeEsp(raw, ESP, "(hd0,gpt2)/boot/grub", scratch, options);
  },
};
