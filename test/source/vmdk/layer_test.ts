import { assert, assertEquals, assertMatch } from "@std/assert";
import { MigrateError } from "../../../src/model/error.ts";
import { runCommand } from "../../../src/run/command.ts";
import { LayeredDisk } from "../../../src/source/layers/layered_disk.ts";
import { readWindow } from "../../../src/source/input/window.ts";
import { type Link, readChain } from "../../../src/source/vmdk/chain.ts";
import { openVmdkLayer } from "../../../src/source/vmdk/layer.ts";
import { discover } from "../../support/discover.ts";
import { makeEsxChain } from "../../support/esx_deltas.ts";
import { convertImage, makeRawDisk, makeSplitDisk, sameContents } from "../../support/images.ts";
import { seeded } from "../../support/seeded.ts";
import { failureOf } from "../../support/sources.ts";
import { TempFolder } from "../../support/temp.ts";

const MIB = 1024 * 1024;

/** A chain as layers that read local files. */
async function layersOf(folder: TempFolder, name: string): Promise<LayeredDisk> {
  const layers = [];
  for (const link of await readChain(folder.file(name))) {
    layers.push(
      await openVmdkLayer(link, async (path) => {
        const file = folder.resources.use(await Deno.open(path));
        const { size: sizeBytes } = await file.stat();
        const whole = { path, offset: 0, sizeBytes };
        return { name: path, sizeBytes, read: (at, length) => readWindow(file, whole, at, length) };
      }),
    );
  }
  return new LayeredDisk(layers);
}

/** Writes what the layers have as a raw disk, and says how much of it is no hole. */
async function writeSeen(folder: TempFolder, disk: LayeredDisk): Promise<number> {
  using file = await Deno.open(folder.file("seen.raw"), { write: true, create: true, truncate: true });
  await file.truncate(disk.sizeBytes);
  let at = 0, dataBytes = 0;
  for (const { length, isHole } of await disk.runs(0, disk.sizeBytes)) {
    if (!isHole) {
      await file.seek(at, Deno.SeekMode.Start);
      await file.write(await disk.read(at, length));
      dataBytes += length;
    }
    at += length;
  }
  assertEquals(at, disk.sizeBytes);
  return dataBytes;
}

async function write(folder: TempFolder, name: string, fill: string, at: string): Promise<void> {
  await runCommand("qemu-io", ["-f", "vmdk", "-c", `write ${fill} ${at} 64k`, name], { cwd: folder.path });
}

/** `base.vmdk` of the subformat, with two snapshots on it of which `s2.vmdk` is the last. */
async function makeChain(folder: TempFolder, subformat: string, sizeBytes: number): Promise<void> {
  await makeRawDisk(folder.file("disk.raw"), sizeBytes);
  await convertImage(folder.file("disk.raw"), folder.file("base.vmdk"), "vmdk", `subformat=${subformat}`);
  const create = (child: string, parent: string): Promise<unknown> => {
    const args = ["create", "-q", "-f", "vmdk", "-o", "zeroed_grain=on", "-b", parent, "-F", "vmdk", child];
    return runCommand("qemu-img", args, { cwd: folder.path });
  };
  await create("s1.vmdk", "base.vmdk");
  await write(folder, "s1.vmdk", "-P 0x11", "1M");
  await create("s2.vmdk", "s1.vmdk");
  await write(folder, "s2.vmdk", "-P 0x22", "1088k");
  await write(folder, "s2.vmdk", "-z", "0");
}

/** Reads that begin and end inside grains must be what a whole reading has there. */
async function readsInGrains(folder: TempFolder, name: string): Promise<void> {
  const disk = await layersOf(folder, name);
  using file = await Deno.open(folder.file("seen.raw"));
  const whole = { path: name, offset: 0, sizeBytes: disk.sizeBytes };
  for (const at of [512, 0x3600, disk.sizeBytes / 2 + 1536, disk.sizeBytes - 3 * 512]) {
    assertEquals(await disk.read(at, 1024), await readWindow(file, whole, at, 1024), `${name} at ${at}`);
  }
}

/** Whether the layers of a disk hold what qemu reads of it. */
async function sameAsQemu(folder: TempFolder, name: string): Promise<number> {
  const dataBytes = await writeSeen(folder, await layersOf(folder, name));
  const [disk] = (await discover(folder.file(name))).disks;
  assert(await sameContents(disk!.image, folder.file("seen.raw")), name);
  await readsInGrains(folder, name);
  return dataBytes;
}

for (const subformat of ["monolithicSparse", "monolithicFlat", "twoGbMaxExtentSparse"]) {
  Deno.test(`openVmdkLayer() reads snapshots on a ${subformat} disk as qemu does`, async () => {
    await using folder = await TempFolder.create();
    await makeChain(folder, subformat, 8 * MIB);
    const dataBytes = await sameAsQemu(folder, "s2.vmdk");
    assertEquals(dataBytes, subformat === "monolithicFlat" ? 8 * MIB - 64 * 1024 : 4 * 64 * 1024);
  });
}

Deno.test("openVmdkLayer() reads a disk that is split in three", async () => {
  await using folder = await TempFolder.create();
  await makeSplitDisk(folder.path);
  assert(await Deno.stat(folder.file("d-s003.vmdk")));
  assertEquals(await sameAsQemu(folder, "d.vmdk"), 3 * 64 * 1024);
});

Deno.test("openVmdkLayer() reads the snapshots of an ESX host as qemu does", async () => {
  await using folder = await TempFolder.create();
  await makeEsxChain(folder);
  await sameAsQemu(folder, "vm-000001.vmdk");
  await sameAsQemu(folder, "vm-000002.vmdk");
});

Deno.test("openVmdkLayer() reads flat extents of several files and of one, and zeros", async () => {
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("disk.raw"), 8 * MIB);
  const bytes = await Deno.readFile(folder.file("disk.raw"));
  await Deno.writeFile(folder.file("a"), bytes.subarray(0, 3 * MIB));
  await Deno.writeFile(folder.file("b"), bytes.subarray(3 * MIB));
  const sectors = MIB / 512;
  const lines = [
    "# Disk DescriptorFile",
    "version=1",
    "CID=12345678",
    "parentCID=ffffffff",
    'createType="twoGbMaxExtentFlat"',
    `RW ${3 * sectors} FLAT "a" 0`,
    `RW ${2 * sectors} VMFS "b"`,
    `RW ${3 * sectors} FLAT "b" ${2 * sectors}`,
    `RW ${sectors} ZERO`,
  ];
  await Deno.writeTextFile(folder.file("d.vmdk"), lines.join("\n"));
  const disk = await layersOf(folder, "d.vmdk");
  assertEquals(disk.sizeBytes, 9 * MIB);
  const [link] = await readChain(folder.file("d.vmdk"));
  const noFile = { name: "", sizeBytes: 8 * MIB, read: () => Promise.reject(new Error("not asked for")) };
  const layer = await openVmdkLayer(link!, () => Promise.resolve(noFile));
  assertEquals(await layer.segments(8 * MIB, 512), [{ length: 512, from: "zero" }]);
  await writeSeen(folder, disk);
  await Deno.truncate(folder.file("disk.raw"), 9 * MIB);
  assert(await sameContents(folder.file("disk.raw"), folder.file("seen.raw")));
});

/** Writes an entry of a grain table or a header over. */
async function patch(path: string, at: number, ...values: number[]): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.seek(at, Deno.SeekMode.Start);
  await file.write(new Uint8Array(values));
}

const DAMAGES: readonly (readonly [string, string, (path: string) => Promise<void>, RegExp])[] = [
  [
    "s1.vmdk",
    "cut off",
    (path) => Deno.truncate(path, 64 * 1024 + 5),
    /it ends at byte \d+, before its data/,
  ],
  ["s1.vmdk", "without capacity", (path) => patch(path, 12, 0, 0, 0, 0, 0, 0, 0, 0), /holds no disk/],
  ["s1.vmdk", "of a directory that is not there", (path) => patch(path, 60, 1), /directory is cut off/],
  ["vm-000001-delta.vmdk", "cut off", (path) => Deno.truncate(path, 200_000), /it ends at byte 200000/],
  ["vm-000001-delta.vmdk", "of no grains", (path) => patch(path, 16, 0, 0, 0, 0), /header is damaged/],
  [
    "vm-000002-delta.vmdk",
    "with changes in its journal",
    (path) => patch(path, 512 + 24, 1),
    /in its journal/,
  ],
  ["vm-000002-delta.vmdk", "of another version", (path) => patch(path, 8, 2), /unknown seSparse version/],
  ["vm-000002-delta.vmdk", "of wrong entries", (path) => patch(path, 1024 + 7, 0x50), /tables are damaged/],
  ["vm-000002-delta.vmdk", "for a smaller disk", (path) => patch(path, 16, 0, 1), /131072 bytes, 25165824/],
];

for (const [name, what, damage, said] of DAMAGES) {
  Deno.test(`openVmdkLayer() refuses ${name} ${what}`, async () => {
    await using folder = await TempFolder.create();
    await (name.startsWith("vm-") ? makeEsxChain(folder) : makeChain(folder, "monolithicSparse", 8 * MIB));
    await damage(folder.file(name));
    const top = name.startsWith("vm-") ? "vm-000002.vmdk" : "s2.vmdk";
    const error = await failureOf(layersOf(folder, top));
    assertMatch(error.message, said);
    assert(error.message.includes(name), error.message);
  });
}

Deno.test("openVmdkLayer() refuses compressed grains", async () => {
  await using folder = await TempFolder.create();
  await makeChain(folder, "streamOptimized", 8 * MIB);
  const error = await failureOf(layersOf(folder, "s2.vmdk"));
  assertEquals(error.code, "source/unsupported");
  assertMatch(error.message, /base\.vmdk: it is compressed\.$/);
});

Deno.test("openVmdkLayer() refuses a disk of the host itself", async () => {
  await using folder = await TempFolder.create();
  const lines = [
    "# Disk DescriptorFile",
    "CID=1",
    'createType="vmfsRawDeviceMap"',
    'RW 8 VMFSRDM "d-rdm.vmdk"',
  ];
  await Deno.writeTextFile(folder.file("d.vmdk"), lines.join("\n"));
  await Deno.writeTextFile(folder.file("d-rdm.vmdk"), "");
  const error = await failureOf(layersOf(folder, "d.vmdk"));
  assertEquals(error.code, "source/unsupported");
  assertMatch(error.message, /d\.vmdk: its extent d-rdm\.vmdk has the type VMFSRDM\.$/);
});

for (const name of ["d-s001.vmdk", "vm-000001-delta.vmdk", "vm-000002-delta.vmdk"]) {
  Deno.test(`openVmdkLayer() takes a damaged ${name} for what it is, or reads it`, async () => {
    await using folder = await TempFolder.create();
    await makeEsxChain(folder);
    const split = "subformat=twoGbMaxExtentSparse";
    await convertImage(folder.file("disk.raw"), folder.file("d.vmdk"), "vmdk", split);
    const top = name.startsWith("d-") ? "d.vmdk" : name.replace("-delta", "");
    const [link] = await readChain(folder.file(top));
    const good = await Deno.readFile(folder.file(name));
    const random = seeded(4711);
    let refused = 0;
    for (let round = 0; round < 300; round++) {
      const bytes = good.slice();
      // Headers and tables are at the beginning; the rest is data.
      const at = Math.floor(random() * (round % 2 === 0 ? 512 : Math.min(bytes.length, 128 * 1024)));
      bytes[at] = bytes[at]! ^ (1 << Math.floor(random() * 8));
      const started = performance.now();
      if (!await reads(link!, bytes)) refused++;
      assert(performance.now() - started < 5_000, `${name}: byte ${at}`);
    }
    assert(refused > 10, `${refused} refused`);
  });
}

/** Whether the first and the last MiB of a disk can be read from the bytes of its extent. */
async function reads(link: Link, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const read = (at: number, length: number): Promise<Uint8Array<ArrayBuffer>> => {
    const part = bytes.slice(at, at + length);
    if (part.length === length) return Promise.resolve(part);
    throw new MigrateError("network/failed", "past the end");
  };
  try {
    const file = { name: "f", sizeBytes: bytes.length, read };
    const disk = new LayeredDisk([await openVmdkLayer(link, () => Promise.resolve(file))]);
    for (const at of [0, disk.sizeBytes - MIB]) {
      await disk.read(at, MIB);
      await disk.runs(at, MIB);
    }
    return true;
  } catch (error) {
    if (error instanceof MigrateError) return false;
    throw error;
  }
}
