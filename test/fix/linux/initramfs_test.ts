import { assertEquals } from "@std/assert";
import { initramfs } from "../../../src/fix/linux/initramfs.ts";
import { concat, makeImage } from "../../support/archives.ts";
import { bootEntry, linuxGuest } from "../../support/boot_guest.ts";
import {
  DEBIAN,
  DEP,
  guestFiles,
  ids,
  IMAGE,
  MODULES,
  OPTIONS,
  plan,
} from "../../support/initramfs_guest.ts";
import { testNeeding } from "../../support/needs.ts";

testNeeding(
  { programs: ["cpio", "gzip"] },
  "plan() reads little from a guest that has all drivers",
  async () => {
    const all = Object.fromEntries(
      ["virtio_pci", "virtio_blk", "virtio_scsi"].map((name) => [`usr${MODULES}/${name}.ko`, ""]),
    );
    const files = guestFiles(await makeImage({ ...DEBIAN, ...all }, "gzip"));
    const result = await plan(files);
    assertEquals([result.changes, result.leftAlone.length], [[], 1]);
    assertEquals(files.calls, [`realPath ${IMAGE}`, `download ${IMAGE}`]);
  },
);

testNeeding({ programs: ["cpio", "gzip"] }, "plan() counts drivers that are built in", async () => {
  const names = ["virtio_pci", "virtio-blk", "virtio_scsi"];
  const builtin = { [`${MODULES}/modules.builtin`]: names.map((name) => `kernel/${name}.ko\n`).join("") };
  const result = await plan(guestFiles(await makeImage(DEBIAN, "gzip"), builtin));
  assertEquals([result.changes, ids(result)], [[], []]);
});

testNeeding({ programs: ["cpio", "gzip"] }, "plan() blocks on a kernel without virtio", async () => {
  const dep = { [`${MODULES}/modules.dep`]: "kernel/fs/ext4/ext4.ko.xz:\n" };
  const result = await plan(guestFiles(await makeImage(DEBIAN, "gzip"), dep));
  assertEquals([result.changes, ids(result)], [[], ["initramfs/no-virtio-kernel critical"]]);
});

testNeeding({ programs: ["cpio", "gzip"] }, "plan() does without virtio_scsi and virtio_net", async () => {
  const dep = {
    [`${MODULES}/modules.dep`]: DEP.filter((line) => !/virtio_(scsi|net)\.ko/.test(line)).join("\n"),
  };
  const result = await plan(guestFiles(await makeImage(DEBIAN, "gzip"), dep));
  assertEquals(result.changes.length, 2);
  assertEquals(ids(result), ["initramfs/no-virtio-net warning"]);
});

testNeeding({ programs: ["cpio", "gzip"] }, "plan() blocks when the guest has no modules", async () => {
  const files = guestFiles(await makeImage(DEBIAN, "gzip"));
  files.delete(MODULES);
  assertEquals(ids(await plan(files)), ["initramfs/no-modules critical"]);
});

Deno.test("plan() blocks on an image that it cannot read", async () => {
  const result = await plan(guestFiles(new TextEncoder().encode("no initramfs")));
  assertEquals([result.changes, ids(result)], [[], ["initramfs/unreadable critical"]]);
});

testNeeding(
  { programs: ["cpio", "gzip"] },
  "plan() only warns about an entry that is not the default",
  async () => {
    const good = bootEntry({});
    const bad = bootEntry({ title: "old", initrds: ["/boot/old"], isDefault: false });
    const files = guestFiles(await makeImage(DEBIAN, "gzip"), { "/boot/old": "junk" });
    const result = await plan(files, { bootEntries: [bad, good] });
    assertEquals(ids(result), ["initramfs/unreadable warning"]);
    assertEquals(result.changes.length, 2);
  },
);

testNeeding(
  { programs: ["cpio", "gzip"] },
  "plan() adds nothing behind junk, where the kernel stops",
  async () => {
    const image = concat(await makeImage(DEBIAN, "gzip"), new TextEncoder().encode("junk"));
    const result = await plan(guestFiles(image));
    assertEquals([result.changes, ids(result)], [[], ["initramfs/unreadable critical"]]);
  },
);

Deno.test("plan() blocks on a modular kernel that starts without an initramfs", async () => {
  const result = await plan(guestFiles(new Uint8Array()), { bootEntries: [bootEntry({ initrds: [] })] });
  assertEquals(ids(result), ["initramfs/none critical"]);
});

Deno.test("plan() warns when there is no boot entry", async () => {
  assertEquals(ids(await plan(guestFiles(new Uint8Array()), { bootEntries: [] })), [
    "initramfs/no-boot-entry warning",
  ]);
});

Deno.test("plan() does nothing when it is turned off", async () => {
  const files = guestFiles(new Uint8Array());
  const result = await plan(files, {}, { ...OPTIONS, initramfs: "off" });
  assertEquals([result.changes, result.leftAlone, result.concerns, files.calls], [[], [], [], []]);
});

testNeeding(
  { programs: ["cpio", "gzip"] },
  "plan() says so when it does not know the generator",
  async () => {
    const { init, lib, ...rest } = DEBIAN;
    const bare = Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith("conf")));
    const result = await plan(guestFiles(await makeImage({ init: init!, lib: lib!, ...bare }, "gzip")));
    assertEquals(ids(result), ["initramfs/next-update warning"]);
    assertEquals(result.changes.map(({ kind }) => kind), ["append"]);
  },
);

Deno.test("applies() is for Linux", () => {
  assertEquals([linuxGuest({}), linuxGuest({ osType: "windows" })].map(initramfs.applies), [true, false]);
});
