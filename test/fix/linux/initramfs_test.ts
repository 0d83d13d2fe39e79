import { assert, assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import type { FixOptions, FixPlan } from "../../../src/fix/fix.ts";
import { initramfs } from "../../../src/fix/linux/initramfs.ts";
import type { AppendChange } from "../../../src/model/change.ts";
import type { Guest } from "../../../src/model/guest.ts";
import { runCommand } from "../../../src/run/command.ts";
import {
  concat,
  type FileTree,
  makeCpio,
  makeImage,
  noise,
  pipe,
  readTree,
  unpackCpio,
} from "../../support/archives.ts";
import { bootEntry, linuxGuest, RELEASE } from "../../support/boot_guest.ts";
import { type MemoryEntry, MemoryFiles } from "../../support/memory_files.ts";
import { DEFAULT_OPTIONS } from "../../support/sample_guests.ts";
import { testNeeding } from "../../support/needs.ts";
import { TempFolder } from "../../support/temp.ts";

const IMAGE = `/boot/initrd.img-${RELEASE}`;
const MODULES = `/lib/modules/${RELEASE}`;
/** Modules of the guest: path, what it needs. */
const DEP = [
  "kernel/drivers/virtio/virtio_ring.ko.xz:",
  "kernel/drivers/virtio/virtio.ko.xz: kernel/drivers/virtio/virtio_ring.ko.xz",
  "kernel/drivers/virtio/virtio_pci.ko.xz: kernel/drivers/virtio/virtio.ko.xz kernel/drivers/virtio/virtio_ring.ko.xz",
  "kernel/drivers/block/virtio_blk.ko.xz: kernel/drivers/virtio/virtio.ko.xz kernel/drivers/virtio/virtio_ring.ko.xz",
  "kernel/drivers/scsi/virtio_scsi.ko.xz: kernel/drivers/scsi/scsi_mod.ko.xz kernel/drivers/virtio/virtio.ko.xz",
  "kernel/drivers/scsi/scsi_mod.ko.xz:",
  "kernel/drivers/scsi/sd_mod.ko.xz: kernel/drivers/scsi/scsi_mod.ko.xz",
  "kernel/drivers/net/virtio_net.ko.xz: kernel/drivers/virtio/virtio.ko.xz",
  "kernel/fs/ext4/ext4.ko.xz:",
];
/** What Debian's initramfs-tools makes for a VMware guest; it uncompresses modules. */
const DEBIAN: FileTree = {
  "init": "#!/bin/sh\n",
  "conf/initramfs.conf": "",
  "conf/modules": "vmw_pvscsi\n",
  "lib": { link: "usr/lib" },
  [`usr${MODULES}/kernel/drivers/scsi/scsi_mod.ko`]: "SCSI",
  [`usr${MODULES}/kernel/drivers/scsi/sd_mod.ko`]: "SD",
  [`usr${MODULES}/kernel/fs/ext4/ext4.ko`]: "EXT4",
  [`usr${MODULES}/modules.dep`]: "kernel/drivers/scsi/scsi_mod.ko:\n",
};
const OPTIONS: FixOptions = { ...DEFAULT_OPTIONS, backup: true };

function guestFiles(image: Uint8Array, more: Record<string, MemoryEntry> = {}): MemoryFiles {
  const modules = DEP.map((line) => line.split(":")[0]!);
  return new MemoryFiles({
    [IMAGE]: image,
    "/etc/initramfs-tools/modules": "# list\n",
    [`${MODULES}/modules.dep`]: DEP.join("\n") + "\n",
    [`${MODULES}/modules.builtin`]: "kernel/drivers/char/tpm.ko\n",
    [`${MODULES}/modules.alias`]:
      "alias virtio:d00000002v* virtio_blk\nalias pci:v00001AF4d* virtio_pci\nalias x y\n",
    ...Object.fromEntries(
      modules.map((path) => [`${MODULES}/${path}`, concat(noise(500), noise(path.length))]),
    ),
    ...more,
  });
}

interface Planned extends FixPlan {
  /** The bytes of the first AppendChange. */
  readonly content: Uint8Array;
}

async function plan(files: MemoryFiles, guest: Partial<Guest> = {}, options = OPTIONS): Promise<Planned> {
  await using folder = await TempFolder.create();
  const signal = new AbortController().signal;
  const context = { guest: linuxGuest(guest), files, nics: [], options, workDir: folder.path, signal };
  const result = await initramfs.plan(context);
  const change = result.changes.find(({ kind }) => kind === "append") as AppendChange | undefined;
  return { ...result, content: change ? await Deno.readFile(change.contentFile) : new Uint8Array() };
}

function ids(result: FixPlan): string[] {
  return result.concerns.map(({ id, severity }) => `${id} ${severity}`);
}

/** Makes the planned changes in the files. */
function apply(files: MemoryFiles, image: Uint8Array, result: Planned): void {
  for (const change of result.changes) {
    if (change.kind === "text") files.set(change.path, change.after!);
    else files.set(change.path, concat(image, result.content));
  }
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
    const image = await makeImage(DEBIAN, "gzip");
    const { content } = await plan(guestFiles(image));
    await using folder = await TempFolder.create();
    await unpackCpio(gunzipSync(image), folder.path);
    await unpackCpio(gunzipSync(content.subarray(content.findIndex((byte) => byte !== 0))), folder.path);
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
    const image = await makeImage(DEBIAN, "gzip");
    const { content } = await plan(guestFiles(image));
    await using folder = await TempFolder.create();
    await unpackCpio(gunzipSync(image), folder.path);
    await unpackCpio(gunzipSync(content.subarray(content.findIndex((byte) => byte !== 0))), folder.path);
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
