import { assertEquals, assertRejects } from "@std/assert";
import { DiskDiscovery, nameOf } from "../../../src/orchestrator/disk_discovery.ts";
import { descriptorText, parseDescriptor } from "../../../src/source/vmdk/descriptor.ts";
import type { DiscoveredSource } from "../../../src/model/source.ts";
import { MigrateError } from "../../../src/model/error.ts";
import { runCommand } from "../../../src/run/command.ts";
import { convertImage, makeRawDisk } from "../../support/images.ts";
import { TempFolder } from "../../support/temp.ts";

const workDir = (): Promise<string> => Promise.reject(new Error("a disk needs no unpacking"));
const signal = new AbortController().signal;

function discover(...source: string[]): Promise<DiscoveredSource> {
  return new DiskDiscovery({
    job: { source, kind: undefined, name: undefined },
    signal,
    workDir,
    resources: new AsyncDisposableStack(),
  }).discover();
}

const SUBFORMATS = [
  "monolithicSparse",
  "monolithicFlat",
  "twoGbMaxExtentSparse",
  "twoGbMaxExtentFlat",
  "streamOptimized",
];

for (const subformat of SUBFORMATS) {
  Deno.test(`DiskDiscovery.discover() reads a ${subformat} VMDK`, async () => {
    await using folder = await TempFolder.create();
    await makeRawDisk(folder.file("disk.raw"));
    await convertImage(folder.file("disk.raw"), folder.file("web 01.vmdk"), "vmdk", `subformat=${subformat}`);
    const source = await discover(folder.file("web 01.vmdk"));
    const [disk] = source.disks;
    assertEquals([source.kind, source.name, disk?.format], ["vmdk", "web_01", "vmdk"]);
    assertEquals([disk?.virtualSizeBytes, disk?.detail], [8 * 1024 * 1024, subformat]);
  });
}

Deno.test("DiskDiscovery.discover() names a missing extent", async () => {
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("disk.raw"));
  await convertImage(folder.file("disk.raw"), folder.file("d.vmdk"), "vmdk", "subformat=monolithicFlat");
  await Deno.remove(folder.file("d-flat.vmdk"));
  const error = await assertRejects(
    () => discover(folder.file("d.vmdk")),
    MigrateError,
    "d-flat.vmdk is missing",
  );
  assertEquals(error.code, "source/damaged");
});

Deno.test("DiskDiscovery.discover() reads no extent and no parent outside the folder of the disk", async () => {
  await using folder = await TempFolder.create();
  const run = (...args: string[]): Promise<unknown> => runCommand("qemu-img", args, { cwd: folder.path });
  await Deno.mkdir(folder.file("vm"));
  await run("create", "-q", "-f", "vmdk", "-o", "subformat=monolithicFlat", "disk.vmdk", "1M");
  await run("create", "-q", "-f", "vmdk", "-b", "../disk.vmdk", "-F", "vmdk", "vm/snapshot.vmdk");
  for (const secret of [folder.file("disk-flat.vmdk"), "../disk-flat.vmdk"]) {
    const text = await Deno.readTextFile(folder.file("disk.vmdk"));
    await Deno.writeTextFile(folder.file("vm/disk.vmdk"), text.replace("disk-flat.vmdk", secret));
    const failure = await assertRejects(() => discover(folder.file("vm/disk.vmdk")), MigrateError);
    assertEquals(failure.message.includes(`its extent ${secret} is missing`), true, failure.message);
  }
  await Deno.remove(folder.file("vm/disk.vmdk"));
  await assertRejects(() => discover(folder.file("vm/snapshot.vmdk")), MigrateError, "is missing");
});

Deno.test("DiskDiscovery.discover() refuses a flat extent that is too short", async () => {
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("disk.raw"));
  await convertImage(folder.file("disk.raw"), folder.file("d.vmdk"), "vmdk", "subformat=monolithicFlat");
  await Deno.truncate(folder.file("d-flat.vmdk"), 1024);
  await assertRejects(
    () => discover(folder.file("d.vmdk")),
    MigrateError,
    "has 1024 bytes, 8388608 are described",
  );
});

for (const subformat of ["monolithicSparse", "streamOptimized"]) {
  Deno.test(`DiskDiscovery.discover() refuses a truncated ${subformat} VMDK`, async () => {
    await using folder = await TempFolder.create();
    await makeRawDisk(folder.file("disk.raw"));
    await convertImage(folder.file("disk.raw"), folder.file("d.vmdk"), "vmdk", `subformat=${subformat}`);
    const { size } = await Deno.stat(folder.file("d.vmdk"));
    // qemu-img pads a stream to 64 KiB: cutting only the padding loses nothing.
    await Deno.truncate(folder.file("d.vmdk"), size - 70_000);
    const error = await assertRejects(() => discover(folder.file("d.vmdk")), MigrateError);
    assertEquals([error.code, error.exitStatus], ["source/damaged", 9]);
  });
}

Deno.test("DiskDiscovery.discover() says what a file that is no disk begins with", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("notes.vmdk"), "hello, I am a text");
  const error = await assertRejects(
    () => discover(folder.file("notes.vmdk")),
    MigrateError,
    "18 bytes that begin with 68 65 6c 6c 6f 2c 20 49",
  );
  assertEquals(error.code, "source/unsupported");
});

Deno.test("DiskDiscovery.discover() refuses an empty file, a folder and a missing file", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("empty.vmdk"), "");
  await assertRejects(() => discover(folder.file("empty.vmdk")), MigrateError, "the file is empty");
  await assertRejects(() => discover(folder.path), MigrateError, "it is a folder");
  const error = await assertRejects(() => discover(folder.file("none.vmdk")), MigrateError, "no such file");
  assertEquals(error.code, "source/missing");
});

Deno.test("DiskDiscovery.discover() makes one machine of several disks, in order", async () => {
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("a.raw"));
  await makeRawDisk(folder.file("b.raw"), 16 * 1024 * 1024);
  await convertImage(folder.file("b.raw"), folder.file("b.qcow2"), "qcow2");
  const source = await discover(folder.file("a.raw"), folder.file("b.qcow2"));
  assertEquals(source.disks.map((disk) => [disk.format, disk.virtualSizeBytes / 1024 / 1024]), [
    ["raw", 8],
    ["qcow2", 16],
  ]);
});

for (
  const [format, kind, options] of [
    ["vpc", "vhd", "subformat=fixed"],
    ["vpc", "vhd", "subformat=dynamic"],
    ["vhdx", "vhdx"],
    ["vdi", "vdi"],
    ["qcow2", "qcow2"],
  ]
) {
  Deno.test(`DiskDiscovery.discover() tells ${kind} (${options ?? "default"}) by its content`, async () => {
    await using folder = await TempFolder.create();
    await makeRawDisk(folder.file("disk.raw"));
    await convertImage(folder.file("disk.raw"), folder.file("misnamed.img"), format!, options);
    assertEquals((await discover(folder.file("misnamed.img"))).kind, kind);
  });
}

Deno.test("parseDescriptor() reads types, ids and extents", () => {
  const descriptor = parseDescriptor(
    '# Disk DescriptorFile\nversion=1\nCID=A1b2c3d4\nparentCID=ffffffff\ncreateType="twoGbMaxExtentFlat"\n' +
      'RW 4192256 FLAT "d-f001.vmdk" 0\nRW 10 ZERO\nRW 20 FLAT "d f002.vmdk" 128\n',
  );
  assertEquals([descriptor.createType, descriptor.cid, descriptor.parentCid], [
    "twoGbMaxExtentFlat",
    "a1b2c3d4",
    "ffffffff",
  ]);
  assertEquals(descriptor.extents, [
    { sectors: 4192256, type: "FLAT", file: "d-f001.vmdk", offsetSectors: 0 },
    { sectors: 10, type: "ZERO", file: "", offsetSectors: 0 },
    { sectors: 20, type: "FLAT", file: "d f002.vmdk", offsetSectors: 128 },
  ]);
});

Deno.test("parseDescriptor() takes no keys and extents that are spread over lines", () => {
  const descriptor = parseDescriptor('CID\n=\n12345678\nRW\n8\nFLAT "a"\n' + "\n".repeat(128 * 1024));
  assertEquals([descriptor.cid, descriptor.extents], ["", []]);
});

Deno.test("descriptorText() is null for a sparse extent that points past what was read", () => {
  const bytes = new Uint8Array(512);
  bytes.set(new TextEncoder().encode("KDMV"));
  new DataView(bytes.buffer).setBigUint64(28, 1n, true);
  new DataView(bytes.buffer).setBigUint64(36, 20n, true);
  assertEquals(descriptorText(bytes), null);
});

Deno.test("nameOf() makes a name that libvirt and a file system take", () => {
  assertEquals(["/x/web-01.vmdk", "a b&c.vmdk", "/x/.vmdk", "disk"].map(nameOf), [
    "web-01",
    "a_b_c",
    "vmdk",
    "disk",
  ]);
});
