import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { canBeRoot, chooseRoot, namesItself } from "../../src/guest/roots.ts";

const FILESYSTEMS = [
  { device: "/dev/sda1", type: "btrfs", uuid: "aaaa" },
  { device: "/dev/sdb1", type: "ext4", uuid: "bbbb" },
];

for (const subvolume of ["@", "@rootfs", "root", "ROOT/default", "@home", "@snapdragon"]) {
  Deno.test(`canBeRoot() takes ${subvolume}`, () => assert(canBeRoot(subvolume)));
}

for (
  const subvolume of [
    "@/.snapshots/12/snapshot",
    ".snapshots/1/snapshot",
    "@snapshots/4/snapshot",
    "@/.snapshots",
    "timeshift-btrfs/snapshots/2024-01-01_10-00-01/@",
    "@/var/lib/machines",
    "@/var/lib/docker/btrfs/subvolumes/abc",
  ]
) {
  Deno.test(`canBeRoot() refuses ${subvolume}`, () => assert(!canBeRoot(subvolume)));
}

Deno.test("namesItself() compares device and subvolume", () => {
  const fstab = "UUID=aaaa / btrfs defaults,subvol=/@ 0 0\nUUID=bbbb /srv ext4 defaults 0 0\n";
  assert(namesItself("btrfsvol:/dev/sda1/@", fstab, "", FILESYSTEMS));
  assert(!namesItself("btrfsvol:/dev/sda1/@old", fstab, "", FILESYSTEMS));
  assert(!namesItself("/dev/sdb1", fstab, "", FILESYSTEMS));
});

Deno.test("chooseRoot() takes the highest score and says why", () => {
  const chosen = chooseRoot([
    { device: "/dev/sdb1", score: 13, seen: ["/etc/os-release"] },
    { device: "/dev/sda1", score: 21, seen: ["/etc/os-release", "an fstab that names it as /"] },
    { device: "/dev/sdc1", score: 0, seen: [] },
  ]);
  assertEquals([chosen?.device, chosen?.rivals], ["/dev/sda1", []]);
  assertStringIncludes(chosen?.reason ?? "", "21 points, more than /dev/sdb1 (13)");
});

Deno.test("chooseRoot() names rivals with the same score", () => {
  const seen = ["/etc/os-release"];
  const chosen = chooseRoot([{ device: "/dev/sda1", score: 9, seen }, {
    device: "/dev/sdb1",
    score: 9,
    seen,
  }]);
  assertEquals([chosen?.device, chosen?.rivals], ["/dev/sda1", ["/dev/sdb1"]]);
});

Deno.test("chooseRoot() is null without a system", () => {
  assertEquals(chooseRoot([{ device: "/dev/sda1", score: 0, seen: [] }]), null);
});
