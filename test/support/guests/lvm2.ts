/**
 * The LVM guest: BIOS, /boot on the first disk, root and swap in a volume group over two disks; a static
 * address by ifupdown.
 *
 * @module
 */
import { blank, copyMib, installGrubBios, MIB, partition, Tree, writeAt } from "./disk.ts";
import { chooseImage } from "./initramfs_images.ts";
import { extentOffset, layOut, pvHeader, type VolumeGroup } from "./lvm.ts";
import type { BuildInput, BuildOptions, Recipe } from "./recipe.ts";
import { STATIC_ADDRESS, useIfupdown } from "./networks.ts";
import { makeSwap } from "./swap.ts";

const BOOT_UUID = "11111111-2222-3333-4444-aaaaaaaaaaaa";
const ROOT_UUID = "11111111-2222-3333-4444-bbbbbbbbbbbb";
const BOOT = { atMib: 1, sizeMib: 256 } as const;
/** Too small for the root, which so ends on the second disk. */
const PV1 = { atMib: 257, sizeMib: 1280 } as const;
const PV2_MIB = 2560;

/** The volume group of the LVM guest. */
export const LVM2_GROUP: VolumeGroup = layOut("vg0", [PV1.sizeMib * MIB, PV2_MIB * MIB], [
  { name: "root", extents: 750 },
  { name: "swap_1", extents: 32 },
]);

const TABLE = `label: dos
start=${BOOT.atMib}MiB, size=${BOOT.sizeMib}MiB, type=83, bootable
start=${PV1.atMib}MiB, size=${PV1.sizeMib}MiB, type=8e
`;

const FSTAB = `/dev/mapper/vg0-root  /      ext4  errors=remount-ro  0  1
/dev/sda1             /boot  ext4  defaults           0  2
/dev/vg0/swap_1       none   swap  sw                 0  0`;

/** BIOS, LVM over two disks, static address. */
export const LVM2: Recipe = {
  title: "BIOS, LVM over two disks",
  files: [
    new URL(import.meta.url),
    new URL("./lvm.ts", import.meta.url),
    new URL("./networks.ts", import.meta.url),
    new URL("./initramfs_images.ts", import.meta.url),
  ],
  rootfs: "storage",
  diskCount: 2,
  async build({ rootfsTar, raws, scratch, options }: BuildInput): Promise<void> {
    const [first, second] = raws as [string, string];
    await partition(first, TABLE, options);
    await blank(second, PV2_MIB * MIB);
    const tree = await Tree.unpack(rootfsTar, scratch, options);
    await chooseImage(tree);
    await tree.edit("etc/fstab", [[/^\/dev\/sda1 .*$/gm, FSTAB]]);
    await separateBoot(tree, "/dev/mapper/vg0-root");
    await useIfupdown(tree, STATIC_ADDRESS.lvm2);
    await tree.writeExt4(first, BOOT.atMib, BOOT.sizeMib, BOOT_UUID, "boot");
    await tree.empty("boot");
    const disks = [{ path: first, atMib: PV1.atMib }, { path: second, atMib: 0 }];
    await writeGroup(LVM2_GROUP, tree, ROOT_UUID, disks, scratch, options);
    await tree.remove();
    await installGrubBios(first, "(hd0,msdos1)/grub", scratch, options);
  },
};

/** Makes the boot menu one of a separate /boot. */
export async function separateBoot(tree: Tree, root: string): Promise<void> {
  await tree.edit("boot/grub/grub.cfg", [
    [/root=\/dev\/sda1/g, `root=${root}`],
    [/\t\/boot\//g, "\t/"],
  ]);
}

/** Writes the physical volumes, the tree into `root`, and swap into `swap_1`. */
export async function writeGroup(
  group: VolumeGroup,
  tree: Tree,
  rootUuid: string,
  disks: readonly { readonly path: string; readonly atMib: number }[],
  scratch: string,
  options: BuildOptions,
): Promise<void> {
  for (const [index, disk] of disks.entries()) {
    await writeAt(disk.path, disk.atMib * MIB, pvHeader(group, index));
  }
  const extents = (name: string): number =>
    group.segments.filter(({ volume }) => volume === name).reduce((sum, one) => sum + one.extents, 0);
  const contents = { root: `${scratch}/root.ext4`, swap_1: `${scratch}/swap` };
  await blank(contents.root, extents("root") * 4 * MIB);
  await tree.writeExt4(contents.root, 0, extents("root") * 4, rootUuid);
  await makeSwap(contents.swap_1, extents("swap_1") * 4 * MIB);
  for (const { volume, pv, from, at, extents: count } of group.segments) {
    const disk = disks[pv]!;
    await copyMib(
      { path: contents[volume as keyof typeof contents], atMib: from * 4, sizeMib: count * 4 },
      { path: disk.path, atMib: disk.atMib + extentOffset(at) / MIB },
      options,
    );
  }
  await Promise.all(Object.values(contents).map((path) => Deno.remove(path)));
}
