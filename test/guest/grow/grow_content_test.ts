import { assertEquals } from "@std/assert";
import { btrfsDeviceId, planGrowth } from "../../../src/guest/grow/grow_content.ts";
import type { GuestFilesystem } from "../../../src/model/guest.ts";

const plan = (
  device: string,
  root: string,
  filesystems: readonly GuestFilesystem[],
  groups: Record<string, string> = {},
): unknown => {
  const { steps, concerns } = planGrowth(device, { filesystems, root }, new Map(Object.entries(groups)));
  return [steps.map((step) => `${step.kind} ${step.device}`), concerns.map(({ id }) => id)];
};

Deno.test("planGrowth() enlarges a filesystem, the root's or another", () => {
  assertEquals(plan("/dev/sda2", "/dev/sda1", [{ device: "/dev/sda2", type: "xfs" }]), [
    ["filesystem /dev/sda2"],
    [],
  ]);
});

Deno.test("planGrowth() enlarges physical volume, root volume and filesystem", () => {
  const filesystems = [
    { device: "/dev/sda2", type: "LVM2_member" },
    { device: "/dev/vg0/home", type: "ext4" },
    { device: "/dev/vg0/root", type: "ext4" },
  ];
  assertEquals(plan("/dev/sda2", "/dev/vg0/root", filesystems, { "/dev/sda2": "vg0" }), [
    ["physical volume /dev/sda2", "logical volume /dev/vg0/root", "filesystem /dev/vg0/root"],
    [],
  ]);
});

Deno.test("planGrowth() goes through LUKS, which takes the whole partition when it is opened", () => {
  const filesystems = [
    { device: "/dev/sda2", type: "crypto_LUKS" },
    { device: "/dev/mapper/luks-sda2", type: "LVM2_member", within: "/dev/sda2" },
    { device: "/dev/vg/root", type: "ext4", within: "/dev/sda2" },
  ];
  assertEquals(plan("/dev/sda2", "/dev/vg/root", filesystems, { "/dev/mapper/luks-sda2": "vg" }), [
    ["physical volume /dev/mapper/luks-sda2", "logical volume /dev/vg/root", "filesystem /dev/vg/root"],
    [],
  ]);
});

Deno.test("planGrowth() leaves the space free in a volume group without the root, and says so", () => {
  const filesystems = [{ device: "/dev/sda2", type: "LVM2_member" }, { device: "/dev/sdb1", type: "ext4" }];
  assertEquals(plan("/dev/sda2", "/dev/sdb1", filesystems, { "/dev/sda2": "data" }), [
    ["physical volume /dev/sda2"],
    ["resize/not-filled"],
  ]);
});

Deno.test("planGrowth() says when nothing can grow", () => {
  assertEquals(plan("/dev/sda2", "/dev/sda1", []), [[], ["resize/not-filled"]]);
});

Deno.test("btrfsDeviceId() finds the device's number", () => {
  const show = `Label: none  uuid: x
\tTotal devices 2 FS bytes used 1
\tdevid    1 size 10 used 5 path /dev/sda1
\tdevid    3 size 10 used 5 path /dev/sdb1
`;
  assertEquals([btrfsDeviceId(show, "/dev/sdb1"), btrfsDeviceId(show, "/dev/dm-0")], ["3", "1"]);
});
