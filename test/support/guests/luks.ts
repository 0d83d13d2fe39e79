/**
 * The encrypted guest, laid out as Debian's installer does it: /boot, and a LUKS partition with a volume group
 * in it. Its initramfs reads the passphrase from a file in /boot, because nobody types at a boot proof.
 *
 * @module
 */
import { join } from "@std/path";
import { blank, copyMib, installGrubBios, MIB, partition, run, Tree, writeAt } from "./disk.ts";
import { chooseImage } from "./initramfs_images.ts";
import { layOut } from "./lvm.ts";
import { separateBoot, writeGroup } from "./lvm2.ts";
import type { BuildInput, BuildOptions, Recipe } from "./recipe.ts";
import { LUKS } from "./rootfs.ts";

/** Passphrase of the LUKS guest. */
export const LUKS_PASSPHRASE = "testluks";

const ROOT_UUID = "22222222-3333-4444-5555-cccccccccccc";
const BOOT = { atMib: 1, sizeMib: 256 } as const;
/** Small, because every byte of it is written: LUKS has no holes. */
const VOLUME = { atMib: 257, sizeMib: 1400 } as const;
/** What LUKS itself takes is less than this. */
const HEADER_MIB = 8;
const GROUP = layOut("vmguest-vg", [(VOLUME.sizeMib - HEADER_MIB) * MIB], [
  { name: "root", extents: 300 },
  { name: "swap_1", extents: 32 },
]);
/** The place of the UUID in a LUKS1 header (LUKS On-Disk Format 1.2.3, section 2.1). */
const UUID_OFFSET = 168;

const TABLE = `label: dos
start=${BOOT.atMib}MiB, size=${BOOT.sizeMib}MiB, type=83, bootable
start=${VOLUME.atMib}MiB, size=${VOLUME.sizeMib}MiB, type=83
`;

const FSTAB = `/dev/mapper/vmguest--vg-root    /      ext4  errors=remount-ro  0  1
/dev/sda1                       /boot  ext4  defaults           0  2
/dev/mapper/vmguest--vg-swap_1  none   swap  sw                 0  0`;

/** BIOS, LVM in LUKS. */
export const LUKS_LVM: Recipe = {
  title: "BIOS, LVM in LUKS",
  files: [
    new URL(import.meta.url),
    new URL("./lvm.ts", import.meta.url),
    new URL("./lvm2.ts", import.meta.url),
    new URL("./initramfs_images.ts", import.meta.url),
  ],
  rootfs: "storage",
  async build({ rootfsTar, raw, scratch, options }: BuildInput): Promise<void> {
    await partition(raw, TABLE, options);
    const tree = await Tree.unpack(rootfsTar, scratch, options);
    await chooseImage(tree, "luks");
    await tree.edit("etc/fstab", [[/^\/dev\/sda1 .*$/gm, FSTAB]]);
    await tree.write("etc/crypttab", `${LUKS.name} /dev/sda2 none luks,discard\n`);
    await tree.write(`boot${LUKS.keyFile}`, LUKS_PASSPHRASE);
    await separateBoot(tree, "/dev/mapper/vmguest--vg-root");
    await tree.writeExt4(raw, BOOT.atMib, BOOT.sizeMib, LUKS.bootUuid, "boot");
    await tree.empty("boot");
    const plain = join(scratch, "plain"), luks = join(scratch, "luks");
    await blank(plain, GROUP.pvBytes[0]!);
    await writeGroup(GROUP, tree, ROOT_UUID, [{ path: plain, atMib: 0 }], scratch, options);
    await tree.remove();
    await encrypt(plain, luks, options);
    await writeAt(luks, UUID_OFFSET, new TextEncoder().encode(LUKS.uuid));
    await copyMib({ path: luks }, { path: raw, atMib: VOLUME.atMib }, options);
    await Promise.all([plain, luks].map((path) => Deno.remove(path)));
    await installGrubBios(raw, "(hd0,msdos1)/grub", scratch, options);
  },
};

/** Makes a LUKS1 image. On a busy machine qemu-img may fail to measure the speed of its key derivation: again. */
async function encrypt(plain: string, luks: string, options: BuildOptions, attempts = 5): Promise<void> {
  const secret = `secret,id=s,data=${LUKS_PASSPHRASE}`;
  const format = ["-f", "raw", "-O", "luks", "-o", "key-secret=s,iter-time=100"];
  try {
    await run("qemu-img", ["convert", "--object", secret, ...format, plain, luks], options);
  } catch (error) {
    if (attempts <= 1 || !String(error).includes("accurate CPU usage")) throw error;
    await encrypt(plain, luks, options, attempts - 1);
  }
}
