/**
 * Stacks of LUKS, LVM and RAID as the appliance sees them, and a disk that grows through all of its layers. Two
 * launches: one makes the stacks, one finds them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createOverlays } from "../../src/disk/overlay.ts";
import { checkFilesystems } from "../../src/guest/check_filesystems.ts";
import { listStorage } from "../../src/guest/filesystems.ts";
import { growContent, growthChanges, planGrowth, volumeGroups } from "../../src/guest/grow/grow_content.ts";
import { growPartition } from "../../src/guest/grow/grow_partition.ts";
import type { LuksKey } from "../../src/guest/luks_keys.ts";
import { GuestSession } from "../../src/guest/session.ts";
import { applianceShell, deviceWord } from "../../src/guest/shell.ts";
import type { SourceDisk } from "../../src/model/disk.ts";
import { runCommand } from "../../src/run/command.ts";
import { linuxGuest } from "../support/boot_guest.ts";
import { APPLIANCE_NEEDS } from "../support/guestfs_image.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

const MIB = 1024 ** 2;
const DISK_MIB = [128, 256, 64, 64, 330]; // 300 is the least for XFS
/** A key that is no text, with a NUL and a line end in it. */
const KEY = new Uint8Array([1, 0, 255, 10, 200, 13, 7, 65]);
const PASSPHRASE = "two words";
const LUKS_FORMAT =
  "cryptsetup luksFormat --batch-mode --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000";

/** LUKS on LVM, LVM on LUKS in a GPT partition, a mirror, and XFS in an MBR partition. */
function makeStacks(): string {
  const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((letter) => deviceWord(`/dev/sd${letter}`));
  const key = [...KEY].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  return `set -e; printf '${key}' > /tmp/key; printf '${PASSPHRASE}' > /tmp/phrase
lvm vgcreate -q --yes outer ${a}; lvm lvcreate -q --yes -l 100%FREE -n root outer
${LUKS_FORMAT} /dev/outer/root /tmp/key
cryptsetup open --key-file /tmp/key /dev/outer/root x; mkfs.ext4 -q /dev/mapper/x; cryptsetup close x
echo 'start=1MiB, size=200MiB' | sfdisk -q -X gpt ${b}; udevadm settle
${LUKS_FORMAT} ${deviceWord("/dev/sdb1")} /tmp/phrase
cryptsetup open --key-file /tmp/phrase ${deviceWord("/dev/sdb1")} y
lvm vgcreate -q --yes inner /dev/mapper/y; lvm lvcreate -q --yes -l 100%FREE -n root inner
mkfs.btrfs -q /dev/inner/root; lvm vgchange -q -an inner; cryptsetup close y
echo 'start=1MiB, size=310MiB' | sfdisk -q -X dos ${e}; udevadm settle; mkfs.xfs -q ${deviceWord("/dev/sde1")}
mdadm --create /dev/md7 --run --quiet --level=1 --raid-devices=2 --assume-clean --bitmap=none ${c} ${d}
mkfs.ext4 -q /dev/md7; mdadm --stop --quiet /dev/md7; lvm vgchange -q -an outer`;
}

/** Bytes of a filesystem, as it says itself. */
async function sizeOf(session: GuestSession, device: string): Promise<number> {
  await session.call("mount", device, "/");
  const { blocks, frsize } = await session.call("statvfs", "/");
  await session.call("umount_all");
  return blocks * frsize;
}

testNeeding(
  APPLIANCE_NEEDS,
  "listStorage() opens LUKS on LVM, LVM on LUKS and RAID, and all of it grows",
  async () => {
    await using folder = await TempFolder.create();
    const paths = DISK_MIB.map((_, index) => folder.file(`disk-${index}.raw`));
    for (const [index, path] of paths.entries()) {
      await Deno.writeFile(path, new Uint8Array());
      await Deno.truncate(path, DISK_MIB[index]! * MIB);
    }
    const options = { accelerator: "tcg", tmpDir: folder.path } as const;
    {
      const disks = paths.map((path) => ({ path, format: "raw" as const }));
      await using session = await GuestSession.open({ ...options, disks });
      await applianceShell(session, makeStacks());
      await session.close();
    }
    const sources = paths.map((path, index): SourceDisk => ({
      ...{ path, image: path, format: "raw", files: [path] },
      ...{ virtualSizeBytes: DISK_MIB[index]! * MIB, allocatedSizeBytes: 0 },
    }));
    const resize = { disk: 1, sizeBytes: 512 * MIB };
    const overlays = await createOverlays(sources, folder.path, new AbortController().signal, resize);
    await runCommand("qemu-img", ["resize", "-q", overlays[4]!.path, "512M"]);
    const disks = overlays.map(({ path }) => ({ path, format: "qcow2" as const }));
    await using session = await GuestSession.open({ ...options, disks });
    const { grown } = await growPartition(session, "/dev/sdb", 256 * MIB);
    assertEquals([grown?.device, grown!.beforeBytes / MIB], ["/dev/sdb1", 200]);
    assert(grown!.afterBytes > 509 * MIB, `${grown!.afterBytes}`);

    const xfs = (await growPartition(session, "/dev/sde", 330 * MIB)).grown!;
    assertEquals([xfs.device, xfs.beforeBytes / MIB], ["/dev/sde1", 310]);

    const keyFile = folder.file("key");
    await Deno.writeFile(keyFile, KEY);
    const keys: LuksKey[] = [
      { device: "all", kind: "passphrase", passphrase: "wrong" },
      { device: "all", kind: "keyfile", path: keyFile },
      { device: "/dev/sdb1", kind: "passphrase", passphrase: PASSPHRASE },
    ];
    const { filesystems, locked, incomplete } = await listStorage(session, keys);
    assertEquals([locked, incomplete], [[], []]);
    const found = filesystems.map(({ device, type, within }) => [device, type, within].join(" ").trim())
      .toSorted();
    const mirror = found.filter((one) => one.startsWith("/dev/md"));
    assertEquals(mirror.length, 1);
    assertEquals(found.filter((one) => !one.startsWith("/dev/md")), [
      "/dev/inner/root btrfs /dev/sdb1",
      "/dev/mapper/luks-outer-root ext4 /dev/outer/root",
      "/dev/mapper/luks-sdb1 LVM2_member /dev/sdb1",
      "/dev/outer/root crypto_LUKS",
      "/dev/sda LVM2_member",
      "/dev/sdb1 crypto_LUKS",
      "/dev/sdc linux_raid_member",
      "/dev/sdd linux_raid_member",
      "/dev/sde1 xfs",
    ]);

    const guest = linuxGuest({ filesystems, root: "/dev/inner/root" });
    const plan = planGrowth(grown!.device, guest, await volumeGroups(session, guest));
    assertEquals(plan.steps.map(({ kind }) => kind), ["physical volume", "logical volume", "filesystem"]);
    const changes = await growthChanges(session, grown!, plan);
    await growContent(session, plan);
    const btrfsBytes = await sizeOf(session, "/dev/inner/root");
    assert(btrfsBytes > 480 * MIB, `${btrfsBytes}`);
    assert(Math.abs(changes.at(-1)!.afterBytes - btrfsBytes) < 8 * MIB, JSON.stringify(changes));
    const xfsGuest = linuxGuest({ filesystems, root: "/dev/sde1" });
    await growContent(session, planGrowth(xfs.device, xfsGuest, await volumeGroups(session, xfsGuest)));
    const xfsBytes = await sizeOf(session, "/dev/sde1");
    assert(xfsBytes > 420 * MIB, `${xfsBytes}`); // without its log; 246 before
    const checks = await checkFilesystems(session, filesystems);
    assertEquals(checks.map(({ verdict }) => verdict), ["clean", "clean", "clean", "clean"]);
    await session.close();
  },
);
