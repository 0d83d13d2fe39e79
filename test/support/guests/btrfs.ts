/**
 * The btrfs guest: subvolumes for / and /home beside a snapshot of timeshift's, XFS on /srv; an address by
 * netplan. Subvolumes need a kernel with btrfs, so that libguestfs's appliance makes them.
 *
 * @module
 */
import { join } from "@std/path";
import { openSession } from "../../../src/guest/open_session.ts";
import { applianceShell, deviceWord } from "../../../src/guest/shell.ts";
import { probeAccelerator } from "../../../src/verify/kvm_probe.ts";
import { blank, copyMib, installGrubBios, MIB, partition, run, Tree } from "./disk.ts";
import { chooseImage } from "./initramfs_images.ts";
import { STATIC_ADDRESS, useNetplan } from "./networks.ts";
import type { BuildInput, Recipe } from "./recipe.ts";

const BTRFS_UUID = "33333333-2222-3333-4444-aaaaaaaaaaaa";
const XFS_UUID = "33333333-2222-3333-4444-bbbbbbbbbbbb";
const ROOT = { atMib: 1, sizeMib: 3072 } as const;
const SRV = { atMib: 3073, sizeMib: 512 } as const;

const TABLE = `label: dos
start=${ROOT.atMib}MiB, size=${ROOT.sizeMib}MiB, type=83, bootable
start=${SRV.atMib}MiB, size=${SRV.sizeMib}MiB, type=83
`;

const FSTAB = `/dev/sda1  /      btrfs  defaults,subvol=@      0  0
/dev/sda1  /home  btrfs  defaults,subvol=@home  0  0
/dev/sda2  /srv   xfs    defaults               0  0`;

/** BIOS, btrfs with subvolumes, XFS. */
export const BTRFS: Recipe = {
  title: "BIOS, btrfs with subvolumes, XFS",
  files: [
    new URL(import.meta.url),
    new URL("./networks.ts", import.meta.url),
    new URL("./initramfs_images.ts", import.meta.url),
  ],
  rootfs: "storage",
  async build({ rootfsTar, raw, scratch, options }: BuildInput): Promise<void> {
    await partition(raw, TABLE, options);
    const tree = await Tree.unpack(rootfsTar, scratch, options);
    await chooseImage(tree);
    await tree.edit("etc/fstab", [[/^\/dev\/sda1 .*$/gm, FSTAB]]);
    await tree.edit("boot/grub/grub.cfg", [
      [/insmod ext2/g, "insmod btrfs"],
      [/\t\/boot\//g, "\t/@/boot/"],
      [/root=\/dev\/sda1 ro/g, "root=/dev/sda1 ro rootflags=subvol=@"],
    ]);
    await useNetplan(tree, STATIC_ADDRESS.btrfs);
    const files = join(scratch, "files.ext4"), part = join(scratch, "part");
    await blank(files, 3072 * MIB);
    await tree.writeExt4(files, 0, 3072, BTRFS_UUID);
    await tree.remove();
    await blank(part, ROOT.sizeMib * MIB);
    await run("mkfs.btrfs", ["-q", "-U", BTRFS_UUID, part], options);
    await copyMib({ path: part }, { path: raw, atMib: ROOT.atMib }, options);
    await Deno.remove(part);
    await blank(part, SRV.sizeMib * MIB);
    await run("mkfs.xfs", ["-q", "-m", `uuid=${XFS_UUID}`, part], options);
    await copyMib({ path: part }, { path: raw, atMib: SRV.atMib }, options);
    await Deno.remove(part);
    await fillSubvolumes(raw, files, scratch);
    await Deno.remove(files);
    await installGrubBios(raw, "(hd0,msdos1)/@/boot/grub", scratch, options, "btrfs");
  },
};

async function fillSubvolumes(raw: string, files: string, scratch: string): Promise<void> {
  const { accelerator } = await probeAccelerator(new AbortController().signal);
  const disks = [{ path: raw, format: "raw" }, { path: files, format: "raw", readonly: true }] as const;
  const { session } = await openSession({ disks, accelerator, tmpDir: scratch });
  await using _session = session;
  const script = `set -e; mkdir /tmp/b /tmp/f; mount ${deviceWord("/dev/sda1")} /tmp/b
mount -o ro,noload ${deviceWord("/dev/sdb")} /tmp/f
cd /tmp/b; btrfs subvolume create @; btrfs subvolume create @home; cp -a /tmp/f/. @/
mkdir -p timeshift-btrfs/snapshots/2024-01-01_10-00-01
btrfs subvolume snapshot @ timeshift-btrfs/snapshots/2024-01-01_10-00-01/@
cd /; umount /tmp/f /tmp/b`;
  await applianceShell(session, script);
  await session.close();
}
