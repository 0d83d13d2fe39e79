/**
 * The plain guest: BIOS, MBR, one ext4 partition, everything by the name /dev/sda1.
 *
 * @module
 */
import { DISK_MIB, installGrubBios, partition, Tree } from "./disk.ts";
import type { BuildInput, Recipe } from "./recipe.ts";

const ROOT_UUID = "11111111-2222-3333-4444-555555555555";

const TABLE = `label: dos
label-id: 0x564d5742
start=2048, type=83, bootable
`;

/** BIOS, MBR, ext4 by disk name. */
export const BIOS: Recipe = {
  title: "BIOS, MBR, ext4",
  files: [new URL(import.meta.url)],
  async build({ rootfsTar, raw, scratch, options }: BuildInput): Promise<void> {
    await partition(raw, TABLE, options);
    const tree = await Tree.unpack(rootfsTar, scratch, options);
    await tree.writeExt4(raw, 1, DISK_MIB - 1, ROOT_UUID);
    await tree.remove();
    await installGrubBios(raw, "(hd0,msdos1)/boot/grub", scratch, options);
  },
};
