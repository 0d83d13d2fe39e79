import { assertEquals } from "@std/assert";
import { bootsOverNetwork, neededDrivers } from "../../../../src/fix/linux/initramfs/needed.ts";
import { bootEntry, linuxGuest } from "../../../support/boot_guest.ts";

function names(root: string, device: string, type: string, cmdline = "root=/dev/sda1 ro"): string[] {
  const guest = linuxGuest({ root, filesystems: [{ device, type }] });
  return neededDrivers(guest, bootEntry({ cmdline })).map(({ anyOf }) => anyOf.join("|"));
}

const ALWAYS = ["virtio_pci", "virtio_blk", "virtio_scsi", "sd_mod"];

Deno.test("neededDrivers() requires the disk's drivers, virtio_scsi only where the kernel has it", () => {
  const drivers = neededDrivers(linuxGuest({}), bootEntry({}));
  assertEquals(drivers.filter(({ required }) => !required).map(({ anyOf }) => anyOf[0]), [
    "virtio_scsi",
    "sd_mod",
  ]);
});

for (
  const [root, device, type, expected] of [
    ["/dev/sda1", "/dev/sda1", "xfs", ["xfs"]],
    ["/dev/sda1", "/dev/sda1", "ext3", ["ext4|ext3"]],
    ["btrfsvol:/dev/sda2/@", "/dev/sda2", "btrfs", ["btrfs"]],
    ["/dev/vg0/root", "/dev/vg0/root", "ext4", ["ext4", "dm_mod"]],
    ["/dev/mapper/vg-root", "/dev/mapper/vg-root", "ext4", ["ext4", "dm_mod"]],
    ["/dev/md0", "/dev/md0", "ext4", ["ext4", "md_mod"]],
    ["btrfsvol:/dev/vg0/root/@", "/dev/vg0/root", "btrfs", ["btrfs", "dm_mod"]],
    ["/dev/sda1", "/dev/sda1", "unheard-of", []],
  ] as const
) {
  Deno.test(`neededDrivers() for ${type} on ${root}`, () => {
    assertEquals(names(root, device, type), [...ALWAYS, ...expected]);
  });
}

for (
  const [cmdline, expected] of [
    ["root=/dev/sda1 ro quiet", false],
    ["root=/dev/sda1 ip=dhcp", true],
    ["ip=off root=UUID=1", false],
    ["root=/dev/nfs nfsroot=10.0.0.1:/x", true],
    ["rd.neednet=1 root=UUID=1", true],
    ["rd.neednet=0 root=UUID=1", false],
    ["zip=1", false],
  ] as const
) {
  Deno.test(`bootsOverNetwork() is ${expected} for ${cmdline}`, () => {
    assertEquals(bootsOverNetwork(bootEntry({ cmdline })), expected);
  });
}

Deno.test("neededDrivers() requires virtio_net where the initramfs uses the network", () => {
  const needed = neededDrivers(linuxGuest({}), bootEntry({ cmdline: "ip=dhcp" }));
  assertEquals(needed.find(({ anyOf }) => anyOf[0] === "virtio_net")?.required, true);
});

Deno.test("neededDrivers() mounts a /usr of its own, too", () => {
  const guest = linuxGuest({
    root: "/dev/sda1",
    filesystems: [{ device: "/dev/sda1", type: "ext4" }, { device: "/dev/vg0/usr", type: "xfs" }],
    mounts: [{ device: "/dev/sda1", path: "/" }, { device: "/dev/vg0/usr", path: "/usr" }],
  });
  const drivers = neededDrivers(guest, bootEntry({})).map(({ anyOf }) => anyOf[0]!);
  assertEquals(drivers, [...ALWAYS, "ext4", "xfs", "dm_mod"]);
});
