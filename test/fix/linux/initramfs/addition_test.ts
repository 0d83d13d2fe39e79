import { assert, assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import type { AppendChange } from "../../../../src/model/change.ts";
import { runCommand } from "../../../../src/run/command.ts";
import {
  concat,
  type FileTree,
  makeCpio,
  makeImage,
  noise,
  pipe,
  readTree,
  unpackCpio,
} from "../../../support/archives.ts";
import { bootEntry, RELEASE } from "../../../support/boot_guest.ts";
import { apply, DEBIAN, DEP, guestFiles, IMAGE, MODULES, plan } from "../../../support/initramfs_guest.ts";
import { testNeeding } from "../../../support/needs.ts";
import { TempFolder } from "../../../support/temp.ts";

/** Debian's image with what is added, unpacked one over the other as the kernel does. */
async function unpackedWithAddition(): Promise<TempFolder> {
  const image = await makeImage(DEBIAN, "gzip");
  const { content } = await plan(guestFiles(image));
  const folder = await TempFolder.create();
  await unpackCpio(gunzipSync(image), folder.path);
  await unpackCpio(gunzipSync(content.subarray(content.findIndex((byte) => byte !== 0))), folder.path);
  return folder;
}

testNeeding(
  { programs: ["cpio", "gzip"] },
  "plan() adds the missing drivers with what they need",
  async () => {
    const result = await plan(guestFiles(await makeImage(DEBIAN, "gzip")));
    const change = result.changes[1] as AppendChange;
    assertEquals(change.members.filter((name) => /\.ko/.test(name)).map((name) => name.split("/").at(-1)), [
      "virtio_blk.ko.xz",
      "virtio_scsi.ko.xz",
      "virtio.ko.xz",
      "virtio_pci.ko.xz",
      "virtio_ring.ko.xz",
    ]);
    assertEquals([result.leftAlone, result.concerns], [[], []]);
  },
);

testNeeding(
  { programs: ["cpio", "gzip"] },
  "plan() unpacks over the image without harm to its links",
  async () => {
    await using folder = await unpackedWithAddition();
    const tree = await readTree(folder.path);
    assertEquals(tree["lib"], "-> usr/lib");
    assertEquals(tree["conf/modules"], "vmw_pvscsi\nvirtio_pci\nvirtio_blk\nvirtio_scsi\n");
    assertEquals(
      tree[`usr${MODULES}/modules.alias`],
      "alias virtio:d00000002v* virtio_blk\nalias pci:v00001AF4d* virtio_pci\n",
    );
    const path = "kernel/drivers/block/virtio_blk.ko.xz";
    assertEquals(
      await Deno.readFile(folder.file(`usr${MODULES}/${path}`)),
      concat(noise(500), noise(path.length)),
    );
  },
);

testNeeding(
  { programs: ["cpio", "gzip", "/usr/sbin/modprobe"] },
  "plan() gives indexes by which modprobe finds added and old modules at their own paths",
  async () => {
    await using folder = await unpackedWithAddition();
    const args = ["-C", folder.file("conf"), "-d", folder.path, "-S", RELEASE];
    const env = { PATH: `${Deno.env.get("PATH")}:/usr/sbin` };
    const { stdout } = await runCommand("modprobe", [...args, "-D", "virtio_scsi"], { env });
    const loaded = stdout.trim().split("\n").map((line) => line.trim().split("/").at(-1));
    assert(loaded.includes("virtio_scsi.ko.xz") && loaded.includes("scsi_mod.ko"), stdout);
    const old = await runCommand("modprobe", [...args, "-D", "sd_mod"], { env });
    assertEquals(old.stdout.trim().split("/").at(-1), "sd_mod.ko");
    const found = await runCommand("modprobe", [...args, "-R", "virtio:d00000002v00001AF4"], { env });
    assertEquals(found.stdout, "virtio_blk\n");
  },
);

for (const compression of ["none", "gzip", "bzip2", "lzma", "xz", "lzo", "lz4", "zstd"]) {
  const programs = ["cpio", { none: "cpio", lzma: "xz", lzo: "lzop" }[compression] ?? compression];
  testNeeding({ programs }, `plan() plans nothing on its own result (${compression})`, async () => {
    const image = concat(
      await makeCpio({ "kernel/microcode": noise(100) }),
      await makeImage(DEBIAN, compression),
    );
    const files = guestFiles(image);
    const first = await plan(files);
    assertEquals(first.changes.map(({ kind }) => kind), ["text", "append"]);
    apply(files, image, first);
    const second = await plan(files);
    assertEquals([second.changes, second.concerns], [[], []]);
    assertEquals(second.leftAlone.map(({ path }) => path), [IMAGE]);
  });
}

testNeeding(
  { programs: ["cpio", "lz4"] },
  "plan() adds lz4 without padding behind lz4, for old kernels",
  async () => {
    const image = await makeImage(DEBIAN, "lz4");
    const { content } = await plan(guestFiles(image));
    const unpacked = await pipe(["lz4", "-dc"], concat(image, content));
    await using folder = await TempFolder.create();
    const first = await pipe(["lz4", "-dc"], image);
    assertEquals(first.length % 4, 0);
    await unpackCpio(unpacked.subarray(first.length), folder.path);
    assert("conf/modules" in await readTree(folder.path));
  },
);

testNeeding({ programs: ["cpio", "gzip"] }, "plan() starts the addition at a multiple of four", async () => {
  const image = await makeImage(DEBIAN, "gzip");
  for (const zeros of [0, 1, 2, 3]) {
    const { content } = await plan(guestFiles(concat(image, zeros)));
    assertEquals((image.length + zeros + content.indexOf(0x1f)) % 4, 0);
  }
});

testNeeding({ programs: ["cpio", "gzip"] }, "plan() gives the same bytes each time", async () => {
  const image = await makeImage(DEBIAN, "gzip");
  assertEquals((await plan(guestFiles(image))).content, (await plan(guestFiles(image))).content);
});

testNeeding(
  { programs: ["cpio", "gzip"] },
  "plan() adds to the last of several images of an entry",
  async () => {
    const files = guestFiles(await makeImage(DEBIAN, "gzip"), {
      "/boot/ucode": await makeCpio({ "kernel/x": "" }),
    });
    const result = await plan(files, { bootEntries: [bootEntry({ initrds: ["/boot/ucode", IMAGE] })] });
    assertEquals(result.changes[1]?.path, IMAGE);
  },
);

testNeeding({ programs: ["cpio", "xz"] }, "plan() writes dracut's lists and configuration", async () => {
  const dracut: FileTree = {
    "lib": { link: "usr/lib" },
    "usr/lib/dracut/modules.txt": "",
    "usr/lib/systemd/systemd-modules-load": "",
    [`usr${MODULES}/kernel/fs/ext4/ext4.ko.xz`]: "",
  };
  const result = await plan(guestFiles(await makeImage(dracut, "xz")));
  const members = (result.changes[1] as AppendChange).members;
  assert(
    members.includes("etc/cmdline.d/hyper2kvm.conf") && members.includes("etc/modules-load.d/hyper2kvm.conf"),
  );
  assertEquals(result.changes[0]?.path, "/etc/dracut.conf.d/hyper2kvm.conf");
});

for (const drivers of ["with", "without"]) {
  testNeeding(
    { programs: ["cpio", "gzip"] },
    `plan() names the resume device in an image ${drivers} virtio drivers by UUID, and once`,
    async () => {
      const uuid = "0b54d6a5-7d7b-4f44-8b53-1f6c2b9d8e22";
      const filesystems = [
        { device: "/dev/sda1", type: "ext4" },
        { device: "/dev/sda2", type: "swap", uuid },
      ];
      const modules = drivers === "without" ? [] : DEP.map((line) => line.split(":")[0]!.replace(".xz", ""));
      const image = await makeImage({
        ...DEBIAN,
        "conf/conf.d/resume": "RESUME=/dev/sda2\n",
        ...Object.fromEntries(modules.map((path) => [`usr${MODULES}/${path}`, "x"])),
      }, "gzip");
      const files = guestFiles(image);
      const first = await plan(files, { filesystems });
      await using folder = await TempFolder.create();
      await unpackCpio(gunzipSync(first.content.subarray(first.content.indexOf(0x1f))), folder.path);
      assertEquals((await readTree(folder.path))["conf/conf.d/resume"], `RESUME=UUID=${uuid}\n`);
      apply(files, image, first);
      assertEquals((await plan(files, { filesystems })).changes, []);
    },
  );
}
