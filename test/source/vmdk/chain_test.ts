import { assert, assertEquals, assertRejects } from "@std/assert";
import { MigrateError } from "../../../src/model/error.ts";
import { runCommand } from "../../../src/run/command.ts";
import { discover } from "../../support/discover.ts";
import { makeDelta, readCid } from "../../support/esx_deltas.ts";
import { makeHiddenSnapshot, makeRedirection } from "../../support/hostile_vmdk.ts";
import { convertImage, makeRawDisk, sameContents } from "../../support/images.ts";
import { TempFolder } from "../../support/temp.ts";

/** Makes base.vmdk, s1.vmdk on it and s2.vmdk on that; truth.raw is what a guest of s2 sees. */
async function makeChain(folder: TempFolder, options?: string): Promise<void> {
  const run = (...args: string[]): Promise<unknown> => runCommand("qemu-img", args, { cwd: folder.path });
  const write = (pattern: string, at: string, image: string): Promise<unknown> =>
    runCommand("qemu-io", ["-c", `write -P ${pattern} ${at} 64k`, image], { cwd: folder.path });
  await makeRawDisk(folder.file("disk.raw"));
  await convertImage(folder.file("disk.raw"), folder.file("base.vmdk"), "vmdk", options);
  await run("create", "-q", "-f", "vmdk", "-b", "base.vmdk", "-F", "vmdk", "s1.vmdk");
  await write("0x11", "1M", "s1.vmdk");
  await run("create", "-q", "-f", "vmdk", "-b", "s1.vmdk", "-F", "vmdk", "s2.vmdk");
  await write("0x22", "2M", "s2.vmdk");
  await run("convert", "-O", "raw", "s2.vmdk", "truth.raw");
}

/** Changes a line of an embedded descriptor, keeping its length. */
async function editDescriptor(path: string, from: string | RegExp, to: string): Promise<void> {
  const bytes = await Deno.readFile(path);
  const text = new TextDecoder("latin1").decode(bytes.subarray(512, 512 * 21));
  const edited = text.replace(from, to).slice(0, text.length).padEnd(text.length, "\0");
  bytes.set([...edited].map((character) => character.charCodeAt(0)), 512);
  await Deno.writeFile(path, bytes);
}

async function contentsAre(folder: TempFolder, image: string): Promise<boolean> {
  await runCommand("qemu-img", ["convert", "-O", "raw", image, folder.file("seen.raw")]);
  return await sameContents(folder.file("truth.raw"), folder.file("seen.raw"));
}

Deno.test("DiskDiscovery.discover() reads a snapshot chain that qemu follows by itself", async () => {
  await using folder = await TempFolder.create();
  await makeChain(folder);
  const [disk] = (await discover(folder.file("s2.vmdk"))).disks;
  assertEquals(disk?.image, folder.file("s2.vmdk"));
  assertEquals(disk?.files, ["s2.vmdk", "s1.vmdk", "base.vmdk"].map((name) => folder.file(name)));
  assertEquals(disk?.detail, "monolithicSparse, 2 below it in the snapshot chain");
  assert(await contentsAre(folder, disk!.image));
});

for (const hint of ["/vmfs/volumes/datastore1/web/s1.vmdk", "C:\\vm\\s1.vmdk"]) {
  Deno.test(`DiskDiscovery.discover() finds a parent beside the disk when the hint is ${hint}`, async () => {
    await using folder = await TempFolder.create();
    await makeChain(folder, "subformat=twoGbMaxExtentFlat");
    await editDescriptor(folder.file("s2.vmdk"), /(?<=parentFileNameHint=")[^"]*/, hint);
    const [disk] = (await discover(folder.file("s2.vmdk"))).disks;
    assert(disk!.image.startsWith("json:"));
    assert(await contentsAre(folder, disk!.image));
    // An overlay on it, as the pipeline makes one.
    const overlay = ["create", "-q", "-f", "qcow2", "-b", disk!.image, "-F", "vmdk", folder.file("o.qcow2")];
    await runCommand("qemu-img", overlay);
    assert(await contentsAre(folder, folder.file("o.qcow2")));
  });
}

Deno.test("DiskDiscovery.discover() reads the snapshots of an ESX host, whose hints are paths over there", async () => {
  await using folder = await TempFolder.create();
  const sizeBytes = 24 * 1024 ** 2, base = folder.file("vm.vmdk");
  await makeRawDisk(folder.file("truth.raw"), sizeBytes);
  await convertImage(folder.file("truth.raw"), base, "vmdk", "subformat=monolithicFlat");
  const parent = { file: "/vmfs/volumes/datastore1/vm/vm.vmdk", cid: await readCid(base) };
  const delta = { sizeBytes, grains: new Map([[7, 0x31]]) };
  await makeDelta(folder.file("vm-000001.vmdk"), "seSparse", delta, parent);
  const [disk] = (await discover(folder.file("vm-000001.vmdk"))).disks;
  assertEquals(disk?.detail, "seSparse, 1 below it in the snapshot chain");
  await runCommand("qemu-io", ["-f", "raw", "-c", "write -P 0x31 28k 4k", folder.file("truth.raw")]);
  assert(await contentsAre(folder, disk!.image));
});

Deno.test("DiskDiscovery.discover() names the file and both ids of a broken chain", async () => {
  await using folder = await TempFolder.create();
  await makeChain(folder);
  await editDescriptor(folder.file("base.vmdk"), /^CID=.*$/m, "CID=deadbeef");
  const bytes = new TextDecoder("latin1").decode(await Deno.readFile(folder.file("s1.vmdk")));
  const wanted = /parentCID=(\w+)/.exec(bytes)?.[1];
  const error = await assertRejects(
    () => discover(folder.file("s2.vmdk")),
    MigrateError,
    `its parent ${folder.file("base.vmdk")} has the content id deadbeef, not ${wanted}`,
  );
  assertEquals(error.code, "source/damaged");
});

Deno.test("DiskDiscovery.discover() opens no parent that the disk says it does not have", async () => {
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("secret.raw"));
  await convertImage(folder.file("secret.raw"), folder.file("secret.vmdk"), "vmdk");
  await makeHiddenSnapshot(folder.file("d.vmdk"), "secret.vmdk", "name alone");
  const [disk] = (await discover(folder.file("d.vmdk"))).disks;
  await runCommand("qemu-img", ["create", "-q", "-f", "raw", folder.file("truth.raw"), "8M"]);
  assert(await contentsAre(folder, disk!.image));
  await makeHiddenSnapshot(folder.file("e.vmdk"), "secret.vmdk", "comment");
  const chain = (await discover(folder.file("e.vmdk"))).disks[0];
  assertEquals(chain?.files, [folder.file("e.vmdk"), folder.file("secret.vmdk")]);
  await makeRedirection(folder.file("f.vmdk"), "secret.raw", 8 * 1024 ** 2);
  await assertRejects(() => discover(folder.file("f.vmdk")), MigrateError, "holds no disk");
});

Deno.test("DiskDiscovery.discover() names a parent that is missing", async () => {
  await using folder = await TempFolder.create();
  await makeChain(folder);
  await Deno.remove(folder.file("base.vmdk"));
  await assertRejects(
    () => discover(folder.file("s2.vmdk")),
    MigrateError,
    "its parent, base.vmdk, is missing",
  );
});

Deno.test("DiskDiscovery.discover() looks at every extent of every link", async () => {
  await using folder = await TempFolder.create();
  await makeChain(folder, "subformat=twoGbMaxExtentFlat");
  await Deno.remove(folder.file("base-f001.vmdk"));
  await assertRejects(() => discover(folder.file("s2.vmdk")), MigrateError, "base-f001.vmdk is missing");
});

Deno.test("DiskDiscovery.discover() refuses a chain that is a circle", async () => {
  await using folder = await TempFolder.create();
  await makeChain(folder);
  await editDescriptor(folder.file("base.vmdk"), /^CID=.*$/m, "CID=deadbeef");
  await editDescriptor(folder.file("base.vmdk"), /^parentCID=.*$/m, "parentCID=deadbeef");
  await editDescriptor(folder.file("base.vmdk"), "# Extent", 'parentFileNameHint="base.vmdk"\n# Extent');
  await assertRejects(
    () => discover(folder.file("base.vmdk")),
    MigrateError,
    "its snapshot chain is a circle",
  );
});

Deno.test("DiskDiscovery.discover() reads a sparse VMDK of 100 GiB in 100 MB", async () => {
  await using folder = await TempFolder.create();
  const path = folder.file("big.vmdk");
  await runCommand("qemu-img", ["create", "-q", "-f", "vmdk", path, "100G"]);
  await runCommand("qemu-io", ["-c", "write -P 1 99G 64k", path]);
  const before = Deno.memoryUsage().rss;
  const [disk] = (await discover(path)).disks;
  assertEquals(disk?.virtualSizeBytes, 100 * 1024 ** 3);
  assert(Deno.memoryUsage().rss - before < 100e6);
});
