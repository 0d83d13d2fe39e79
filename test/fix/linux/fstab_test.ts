import { assertEquals } from "@std/assert";
import { fstab, stabilizeFstab } from "../../../src/fix/linux/fstab.ts";
import type { GuestFilesystem } from "../../../src/model/guest.ts";
import {
  contextOf,
  DEBIAN,
  MBR_FILESYSTEMS,
  openSample,
  ROOT_UUID,
  SWAP_UUID,
} from "../../support/sample_guests.ts";

const devices = (filesystems: readonly GuestFilesystem[] = MBR_FILESYSTEMS) => ({
  filesystems,
  root: "/dev/sda1",
});
const after = (line: string, filesystems?: readonly GuestFilesystem[]): string =>
  stabilizeFstab(line, devices(filesystems)).text;

Deno.test("stabilizeFstab() keeps comments, spacing, options, order and the end of the file", () => {
  const text =
    `# comment /dev/sda1\n\n/dev/sda1  /\t ext4  errors=remount-ro,x=/dev/sda1  0  1 # end\n  /dev/sda2 none swap sw 0 0`;
  assertEquals(
    after(text),
    `# comment /dev/sda1\n\nUUID=${ROOT_UUID}  /\t ext4  errors=remount-ro,x=/dev/sda1  0  1 # end\n  UUID=${SWAP_UUID} none swap sw 0 0`,
  );
});

for (
  const device of [
    "/dev/sda1",
    "/dev/hda1",
    "/dev/xvda1",
    "/dev/vda1",
    "/dev/nvme0n1p1",
    "/dev/disk/by-path/pci-0000:03:00.0-scsi-0:0:0:0-part1",
    "/dev/disk/by-id/scsi-36000c29f1a2b3c4d-part1",
  ]
) {
  Deno.test(`stabilizeFstab() replaces ${device}`, () => {
    assertEquals(after(`${device} /data ext4 defaults 0 0`), `UUID=${ROOT_UUID} /data ext4 defaults 0 0`);
  });
}

for (
  const line of [
    `UUID=${ROOT_UUID} / ext4 defaults 0 1`,
    "LABEL=root / ext4 defaults 0 1",
    "PARTUUID=5f3c9a10-01 / ext4 defaults 0 1",
    "/dev/mapper/vg0-root / ext4 defaults 0 1",
    "/dev/vg0/home /home ext4 defaults 0 1",
    "/dev/md0 /srv ext4 defaults 0 1",
    "/dev/disk/by-label/root / ext4 defaults 0 1",
    "/dev/disk/by-id/dm-name-vg0-root / ext4 defaults 0 1",
  ]
) {
  Deno.test(`stabilizeFstab() leaves ${line.split(" ")[0]} alone, with a reason`, () => {
    const result = stabilizeFstab(line, devices());
    assertEquals([result.text, result.leftAlone.length, result.changed.length], [line, 1, 0]);
  });
}

for (
  const line of [
    "tmpfs /tmp tmpfs defaults 0 0",
    "/swapfile none swap sw 0 0",
    "nas:/export /mnt nfs defaults 0 0",
    "//nas/share /mnt cifs defaults 0 0",
    "/home /srv/home none bind 0 0",
    "proc /proc proc defaults 0 0",
  ]
) {
  Deno.test(`stabilizeFstab() says nothing of ${line}`, () => {
    const { text, ...notes } = stabilizeFstab(line, devices());
    assertEquals([text, notes], [line, { changed: [], leftAlone: [], unresolved: [] }]);
  });
}

Deno.test("stabilizeFstab() takes the partition's UUID, then the label, where there is no UUID", () => {
  const bare = { device: "/dev/sda1", type: "ext4" };
  assertEquals(
    after("/dev/sda1 / ext4", [{ ...bare, partUuid: "aa-01", label: "x" }]),
    "PARTUUID=aa-01 / ext4",
  );
  assertEquals(after("/dev/sda1 / ext4", [{ ...bare, label: "x" }]), "LABEL=x / ext4");
  assertEquals(after("/dev/sda1 /x ext4", [{ ...bare, label: "a b" }]), "/dev/sda1 /x ext4");
});

Deno.test("stabilizeFstab() does not use a UUID that two filesystems have", () => {
  const twins = [
    { device: "/dev/sda1", type: "ext4", uuid: "same", partUuid: "aa-01" },
    { device: "/dev/sdb1", type: "ext4", uuid: "same", partUuid: "bb-01" },
  ];
  assertEquals(after("/dev/sdb1 /b ext4", twins), "PARTUUID=bb-01 /b ext4");
  const btrfs = twins.map((one) => ({ ...one, type: "btrfs" }));
  assertEquals(after("/dev/sdb1 /b btrfs", btrfs), "UUID=same /b btrfs");
});

Deno.test("stabilizeFstab() counts disks by letter", () => {
  const second = [...MBR_FILESYSTEMS, { device: "/dev/sdb1", type: "xfs", uuid: "second" }];
  assertEquals(after("/dev/xvdb1 /b xfs", second), "UUID=second /b xfs");
});

Deno.test("stabilizeFstab() does not guess which of two disks a hardware path means", () => {
  const second = [...MBR_FILESYSTEMS, { device: "/dev/sdb1", type: "xfs", uuid: "second" }];
  const line = "/dev/disk/by-path/pci-0000:03:00.0-scsi-0:0:1:0-part1 /b xfs";
  const result = stabilizeFstab(line, devices(second));
  assertEquals([result.text, result.unresolved.length], [line, 1]);
});

Deno.test("stabilizeFstab() knows what is mounted on / however it is written", () => {
  assertEquals(after("/dev/root / ext4 defaults"), `UUID=${ROOT_UUID} / ext4 defaults`);
  assertEquals(after("/dev/sdq9 / ext4 defaults"), `UUID=${ROOT_UUID} / ext4 defaults`);
});

Deno.test("stabilizeFstab() adds nofail to drives of removable media", () => {
  assertEquals(after("/dev/sr0 /cd iso9660 ro 0 0"), "/dev/sr0 /cd iso9660 ro,nofail 0 0");
  assertEquals(after("/dev/fd0\t/floppy\tauto\trw,user"), "/dev/fd0\t/floppy\tauto\trw,user,nofail");
  assertEquals(after("/dev/hdc /cd udf,iso9660 ro 0 0"), "/dev/hdc /cd udf,iso9660 ro,nofail 0 0");
  assertEquals(after("/dev/cdrom /cd auto"), "/dev/cdrom /cd auto defaults,nofail");
  for (const line of ["/dev/sr0 /cd udf,iso9660 user,noauto 0 0", "/dev/fd0 /f auto nofail 0 0"]) {
    assertEquals(after(line), line);
  }
});

Deno.test("fstab warns of a device that is on no disk", async () => {
  const { files, guest } = await openSample(DEBIAN);
  files.set("/etc/fstab", "/dev/sdc1 /data ext4 defaults 0 2\n");
  const plan = await fstab.plan(contextOf(files, guest));
  assertEquals([plan.changes.length, plan.concerns.map(({ id, severity }) => [id, severity])], [
    0,
    [["fstab/unresolved", "warning"]],
  ]);
});

const BY_PATH = "/dev/disk/by-path/pci-0000:03:00.0-scsi-0:0:0:0-part2 /var ext4 defaults 0 0";

for (
  const [fstabMode, changed, warned] of [
    ["stabilize-all", ["/", "/var"], []],
    ["bypath-only", ["/var"], ["fstab/unstable"]],
    ["noop", [], ["fstab/unstable", "fstab/unstable"]],
  ] as const
) {
  Deno.test(`fstab.plan() in mode ${fstabMode} rewrites ${changed.length} of two lines and warns of the rest`, async () => {
    const { files, guest } = await openSample({
      ...DEBIAN,
      filesystems: MBR_FILESYSTEMS,
      files: { "/etc/fstab": `/dev/sda1 / ext4 defaults 0 1\n${BY_PATH}\n` },
    });
    const { changes, concerns } = await fstab.plan(contextOf(files, guest, undefined, { fstabMode }));
    const after = changes[0]?.kind === "text" ? changes[0].after! : "";
    const stable = after.split("\n").filter((line) => line.startsWith("UUID=")).map((line) =>
      line.split(" ")[1]
    );
    assertEquals([stable, concerns.map(({ id }) => id)], [[...changed], [...warned]]);
  });
}
