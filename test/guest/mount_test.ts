import { assertEquals } from "@std/assert";
import { parseFstab } from "../../src/guest/mount.ts";
import { resolveDevice } from "../../src/guest/devices.ts";
import { fromBlkid } from "../../src/guest/filesystems.ts";
import { scoreRoot } from "../../src/guest/roots.ts";
import { parseOsRelease } from "../../src/guest/os_release.ts";

const FILESYSTEMS = [
  { device: "/dev/sda1", type: "ext4", uuid: "1111-AAAA", label: "boot", partUuid: "564d5742-01" },
  { device: "/dev/vg-a/root", type: "xfs", uuid: "2222" },
];

Deno.test("parseFstab() reads fields, options and octal escapes", () => {
  const text = "# comment\n\nUUID=x  /  ext4 errors=remount-ro,noatime 0 1\n/dev/sdb1\t/my\\040data auto\n";
  assertEquals(parseFstab(text), [
    { spec: "UUID=x", path: "/", type: "ext4", options: ["errors=remount-ro", "noatime"] },
    { spec: "/dev/sdb1", path: "/my data", type: "auto", options: ["defaults"] },
  ]);
});

for (
  const [spec, device] of [
    ["/dev/sda1", "/dev/sda1"],
    ["/dev/hda1", "/dev/sda1"],
    ["/dev/xvda1", "/dev/sda1"],
    ["/dev/vda1", "/dev/sda1"],
    ["UUID=1111-aaaa", "/dev/sda1"],
    ['LABEL="boot"', "/dev/sda1"],
    ["PARTUUID=564D5742-01", "/dev/sda1"],
    ["/dev/disk/by-uuid/2222", "/dev/vg-a/root"],
    ["/dev/mapper/vg--a-root", "/dev/vg-a/root"],
    ["/dev/vg-a/root", "/dev/vg-a/root"],
    ["/dev/sdz9", undefined],
    ["tmpfs", undefined],
  ]
) {
  Deno.test(`resolveDevice() finds ${spec}`, () => {
    assertEquals(resolveDevice(spec!, FILESYSTEMS)?.device, device);
  });
}

Deno.test("fromBlkid() is null without a signature", () => {
  assertEquals(fromBlkid("/dev/sda2", { PART_ENTRY_UUID: "x" }), null);
  assertEquals(fromBlkid("/dev/sda1", { TYPE: "ext4", UUID: "u", PART_ENTRY_UUID: "p" }), {
    device: "/dev/sda1",
    type: "ext4",
    uuid: "u",
    partUuid: "p",
  });
});

Deno.test("scoreRoot() knows a system that is older than os-release", () => {
  const old = scoreRoot("/dev/sda1", new Set(["/etc/redhat-release", "/etc/fstab"]));
  assertEquals([old.score, old.seen], [6, ["/etc/redhat-release", "/etc/fstab"]]);
  const both = new Set(["/etc/os-release", "/etc/debian_version", "/etc/fstab"]);
  assertEquals(scoreRoot("/dev/sda1", both).seen, ["/etc/os-release", "/etc/fstab"]);
});

Deno.test("scoreRoot() does not take a data disk with an fstab for a root", () => {
  assertEquals(scoreRoot("/dev/sdb1", new Set(["/etc/fstab", "/usr/bin"])).score, 0);
  assertEquals(scoreRoot("/dev/sda1", new Set(["/etc/os-release", "/etc/fstab"])).score, 6);
});

Deno.test("parseOsRelease() reads quoted and bare values", () => {
  assertEquals(parseOsRelease('ID=debian\nPRETTY_NAME="Debian \\"12\\""\nVERSION_ID=\'12\'\n# x\n'), {
    ID: "debian",
    PRETTY_NAME: 'Debian "12"',
    VERSION_ID: "12",
  });
});
