import { assertEquals } from "@std/assert";
import { parseCrypttab, resolveDevice, splitSubvolume, subvolumeName } from "../../src/guest/devices.ts";

const FILESYSTEMS = [
  { device: "/dev/sda1", type: "ext4", uuid: "1111" },
  { device: "/dev/sda2", type: "crypto_LUKS", uuid: "2222" },
  { device: "/dev/mapper/luks-sda2", type: "ext4", uuid: "3333", within: "/dev/sda2" },
  { device: "/dev/md127", type: "xfs", uuid: "4444" },
];
const CRYPTTAB = parseCrypttab("# name device key options\n\nsda2_crypt UUID=2222 none luks\n");

for (
  const [name, device, subvolume] of [
    ["btrfsvol:/dev/sda1/@", "/dev/sda1", "@"],
    ["btrfsvol:/dev/sda1/@/.snapshots/1/snapshot", "/dev/sda1", "@/.snapshots/1/snapshot"],
    ["btrfsvol:/dev/vg0/root/@", "/dev/vg0/root", "@"],
    ["btrfsvol:/dev/mapper/luks-sda2/root", "/dev/mapper/luks-sda2", "root"],
    ["btrfsvol:/dev/md127/@", "/dev/md127", "@"],
    ["/dev/sda1", "/dev/sda1", undefined],
  ] as const
) {
  Deno.test(`splitSubvolume() splits ${name}`, () => {
    const split = splitSubvolume(name);
    assertEquals([split.device, split.subvolume], [device, subvolume]);
    if (subvolume !== undefined) assertEquals(subvolumeName(device, subvolume), name);
  });
}

Deno.test("parseCrypttab() passes over comments and empty lines", () => {
  assertEquals(CRYPTTAB, [{ name: "sda2_crypt", spec: "UUID=2222" }]);
});

Deno.test("resolveDevice() finds an encrypted volume by its name in crypttab", () => {
  assertEquals(
    resolveDevice("/dev/mapper/sda2_crypt", FILESYSTEMS, CRYPTTAB)?.device,
    "/dev/mapper/luks-sda2",
  );
  assertEquals(resolveDevice("/dev/mapper/sda2_crypt", FILESYSTEMS), undefined);
});

Deno.test("resolveDevice() takes the only RAID array under whatever number", () => {
  assertEquals(resolveDevice("/dev/md0", FILESYSTEMS)?.device, "/dev/md127");
  const two = [...FILESYSTEMS, { device: "/dev/md126", type: "ext4" }];
  assertEquals(resolveDevice("/dev/md0", two), undefined);
});
