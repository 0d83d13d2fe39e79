/**
 * The RAID guest: BIOS, /boot on the first disk, root on a mirror over two disks, /usr and /var on partitions of
 * their own. libguestfs's appliance makes the mirror, which needs a kernel with md.
 *
 * @module
 */
import { join } from "@std/path";
import { openSession } from "../../../src/guest/open_session.ts";
import { applianceShell, deviceWord } from "../../../src/guest/shell.ts";
import { probeAccelerator } from "../../../src/verify/kvm_probe.ts";
import { blank, installGrubBios, MIB, partition, Tree } from "./disk.ts";
import { chooseImage } from "./initramfs_images.ts";
import { separateBoot } from "./lvm2.ts";
import type { BuildInput, Recipe } from "./recipe.ts";
import { RAID } from "./rootfs.ts";

const UUIDS = {
  boot: "44444444-2222-3333-4444-aaaaaaaaaaaa",
  root: "44444444-2222-3333-4444-bbbbbbbbbbbb",
  usr: "44444444-2222-3333-4444-cccccccccccc",
  var: "44444444-2222-3333-4444-dddddddddddd",
} as const;
const BOOT = { atMib: 1, sizeMib: 256 } as const;
const MEMBERS = [{ atMib: 257, sizeMib: 512 }, { atMib: 1, sizeMib: 512 }] as const;
const USR = { atMib: 513, sizeMib: 1536 } as const;
const VAR = { atMib: 2049, sizeMib: 1024 } as const;
/** What md takes for itself is less than this. */
const SUPERBLOCK_MIB = 16;

const TABLES = [
  `label: dos
start=${BOOT.atMib}MiB, size=${BOOT.sizeMib}MiB, type=83, bootable
start=${MEMBERS[0].atMib}MiB, size=${MEMBERS[0].sizeMib}MiB, type=fd
`,
  `label: dos
start=${MEMBERS[1].atMib}MiB, size=${MEMBERS[1].sizeMib}MiB, type=fd
start=${USR.atMib}MiB, size=${USR.sizeMib}MiB, type=83
start=${VAR.atMib}MiB, size=${VAR.sizeMib}MiB, type=83
`,
] as const;

const FSTAB = `/dev/md0   /      ext4  errors=remount-ro  0  1
/dev/sda1  /boot  ext4  defaults           0  2
/dev/sdb2  /usr   ext4  defaults           0  2
/dev/sdb3  /var   ext4  defaults           0  2`;

/** BIOS, root on a mirror, /usr and /var apart. */
export const RAID1: Recipe = {
  title: "BIOS, RAID 1 over two disks, /usr and /var apart",
  files: [
    new URL(import.meta.url),
    new URL("./lvm2.ts", import.meta.url),
    new URL("./initramfs_images.ts", import.meta.url),
  ],
  rootfs: "storage",
  diskCount: 2,
  async build({ rootfsTar, raws, scratch, options }: BuildInput): Promise<void> {
    const [first, second] = raws as [string, string];
    await partition(first, TABLES[0], options);
    await partition(second, TABLES[1], options);
    const tree = await Tree.unpack(rootfsTar, scratch, options);
    await chooseImage(tree, "raid");
    await tree.edit("etc/fstab", [[/^\/dev\/sda1 .*$/gm, FSTAB]]);
    await tree.write("etc/mdadm/mdadm.conf", `MAILADDR root\n${RAID.arrayLine}\n`);
    await separateBoot(tree, "/dev/md0");
    await tree.writeExt4(first, BOOT.atMib, BOOT.sizeMib, UUIDS.boot, "boot");
    await tree.writeExt4(second, USR.atMib, USR.sizeMib, UUIDS.usr, "usr");
    await tree.writeExt4(second, VAR.atMib, VAR.sizeMib, UUIDS.var, "var");
    for (const folder of ["boot", "usr", "var"]) await tree.empty(folder);
    const root = join(scratch, "root.ext4");
    const rootMib = MEMBERS[0].sizeMib - SUPERBLOCK_MIB;
    await blank(root, rootMib * MIB);
    await tree.writeExt4(root, 0, rootMib, UUIDS.root);
    await tree.remove();
    await mirror([first, second, root], scratch);
    await Deno.remove(root);
    await installGrubBios(first, "(hd0,msdos1)/grub", scratch, options);
  },
};

/** Makes the array and copies the root into it. */
async function mirror(images: readonly string[], scratch: string): Promise<void> {
  const { accelerator } = await probeAccelerator(new AbortController().signal);
  const disks = images.map((path) => ({ path, format: "raw" as const }));
  const { session } = await openSession({ disks, accelerator, tmpDir: scratch });
  await using _session = session;
  const members = [deviceWord("/dev/sda2"), deviceWord("/dev/sdb1")].join(" ");
  await applianceShell(
    session,
    `set -e; mdadm --create /dev/md0 --run --quiet --level=1 --metadata=1.2 --raid-devices=2 --assume-clean \\
  --bitmap=none --name=${RAID.name} --uuid=${RAID.uuid} ${members}
dd if=${deviceWord("/dev/sdc")} of=/dev/md0 bs=1M conv=sparse,fsync 2>/dev/null
mdadm --stop --quiet /dev/md0`,
  );
  await session.close();
}
