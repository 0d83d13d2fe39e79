import { assertEquals } from "@std/assert";
import { stableName } from "../../src/fix/linux/device_names.ts";
import { parseLinks, parseLsblk, parseMountinfo, readStorage } from "../../src/live/block_devices.ts";
import type { SurveyFacts } from "../../src/live/survey.ts";

function facts(values: Readonly<Record<string, string>>): SurveyFacts {
  return { get: (name) => values[name] ?? "", missing: [] };
}

const line = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values).map(([key, value]) => `${key}="${value}"`).join(" ");

/** LVM in LUKS beside /boot, and NVMe: names that do not tell which disk is the first. */
const LAYERED = facts({
  lsblk: [
    { NAME: "/dev/nvme0n1", KNAME: "/dev/nvme0n1", PKNAME: "", "MAJ:MIN": "259:0", TYPE: "disk", FSTYPE: "" },
    {
      NAME: "/dev/nvme0n1p1",
      KNAME: "/dev/nvme0n1p1",
      PKNAME: "/dev/nvme0n1",
      "MAJ:MIN": "259:1",
      TYPE: "part",
      FSTYPE: "ext4",
      UUID: "boot",
      LABEL: "my\\x20boot",
    },
    {
      NAME: "/dev/nvme0n1p2",
      KNAME: "/dev/nvme0n1p2",
      PKNAME: "/dev/nvme0n1",
      "MAJ:MIN": "259:2",
      TYPE: "part",
      FSTYPE: "crypto_LUKS",
      UUID: "luks",
    },
    {
      NAME: "/dev/mapper/crypt",
      KNAME: "/dev/dm-0",
      PKNAME: "/dev/nvme0n1p2",
      "MAJ:MIN": "254:0",
      TYPE: "crypt",
      FSTYPE: "LVM2_member",
      UUID: "pv",
    },
    {
      NAME: "/dev/mapper/vg-root",
      KNAME: "/dev/dm-1",
      PKNAME: "/dev/dm-0",
      "MAJ:MIN": "254:1",
      TYPE: "lvm",
      FSTYPE: "xfs",
      UUID: "root",
    },
  ].map(line).join("\n"),
  links: "/dev/mapper/vg-root\t../dm-1\n/dev/vg/root\t../dm-1\n/dev/disk/by-path/pci-1\t../../nvme0n1p1",
  mountinfo: "22 1 254:1 / / rw,relatime shared:1 - xfs /dev/mapper/vg-root rw\n" +
    "23 22 259:1 / /boot ro,relatime - ext4 /dev/nvme0n1p1 rw\n24 22 0:5 / /proc rw - proc proc rw",
});

Deno.test("readStorage() finds root, mounts and the encrypted device below a logical volume", () => {
  const { root, mounts, filesystems } = readStorage(LAYERED);
  assertEquals(root, "/dev/mapper/vg-root");
  assertEquals(mounts, [{ device: "/dev/mapper/vg-root", path: "/" }, {
    device: "/dev/nvme0n1p1",
    path: "/boot",
  }]);
  assertEquals(filesystems.find(({ device }) => device === root), {
    device: "/dev/mapper/vg-root",
    type: "xfs",
    links: ["/dev/dm-1", "/dev/vg/root"],
    uuid: "root",
    within: "/dev/nvme0n1p2",
  });
});

Deno.test("stableName() takes a running guest's own word for its devices", () => {
  const { filesystems, root } = readStorage(LAYERED);
  for (const spec of ["/dev/nvme0n1p1", "/dev/disk/by-path/pci-1"]) {
    const name = stableName(spec, { filesystems, root });
    assertEquals(name.kind === "changes" && name.to, "UUID=boot", spec);
  }
  // Offline, the first disk is /dev/sda whatever the guest calls it; a running guest has no such device.
  assertEquals(stableName("/dev/sda1", { filesystems, root }).kind, "unresolved");
});

Deno.test("readStorage() names a btrfs subvolume as inspection does", () => {
  const { root } = readStorage(facts({
    lsblk: line({ NAME: "/dev/sda1", KNAME: "/dev/sda1", "MAJ:MIN": "8:1", FSTYPE: "btrfs", UUID: "u" }),
    mountinfo: "22 1 0:25 /@ / rw - btrfs /dev/sda1 rw,subvol=/@",
  }));
  assertEquals(root, "btrfsvol:/dev/sda1/@");
});

Deno.test("parseLsblk() reads escapes, and the column's other name", () => {
  assertEquals(parseLsblk('NAME="/dev/sda1" LABEL="my\\x20disk" MAJ_MIN="8:1"\n'), [
    { NAME: "/dev/sda1", LABEL: "my disk", "MAJ:MIN": "8:1" },
  ]);
});

Deno.test("parseLinks() follows links over links", () => {
  assertEquals(parseLinks("/dev/cdrom\tsr0\n/dev/dvd\tcdrom"), [["/dev/cdrom", "/dev/sr0"], [
    "/dev/dvd",
    "/dev/sr0",
  ]]);
});

Deno.test("parseMountinfo() sees a read-only mount and a read-only filesystem", () => {
  const text =
    "1 0 8:1 / / rw - ext4 /dev/sda1 ro,errors=remount-ro\n2 1 8:2 / /mnt\\040x ro - ext4 /dev/sda2 rw\n" +
    "3 1 8:3 / /srv rw - ext4 /dev/sda3 rw";
  assertEquals(parseMountinfo(text).map(({ path, isReadOnly }) => [path, isReadOnly]), [
    ["/", true],
    ["/mnt x", true],
    ["/srv", false],
  ]);
});
