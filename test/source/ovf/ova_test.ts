import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MigrateError } from "../../../src/model/error.ts";
import { runCommand } from "../../../src/run/command.ts";
import { verifyDigests } from "../../../src/source/digest/verify.ts";
import { discover } from "../../support/discover.ts";
import { convertImage, makeRawDisk, sameContents } from "../../support/images.ts";
import { makeOva, ovfText, writeManifest } from "../../support/ovf.ts";
import { TempFolder } from "../../support/temp.ts";

/** disk.raw, and the same as the stream that is in an OVA. */
async function makeDisk(folder: TempFolder, name = "d.vmdk"): Promise<void> {
  await makeRawDisk(folder.file("disk.raw"));
  await convertImage(folder.file("disk.raw"), folder.file(name), "vmdk", "subformat=streamOptimized");
}

async function writeOvf(
  folder: TempFolder,
  spec: Parameters<typeof ovfText>[0],
  name = "web.ovf",
): Promise<void> {
  await Deno.writeTextFile(folder.file(name), ovfText(spec));
}

/** The contents that qemu sees, as a raw file. */
async function asRaw(folder: TempFolder, image: string): Promise<string> {
  await runCommand("qemu-img", ["convert", "-O", "raw", image, folder.file("seen.raw")]);
  return folder.file("seen.raw");
}

Deno.test("DiskDiscovery.discover() reads an OVA in place", async () => {
  await using folder = await TempFolder.create();
  await makeDisk(folder);
  await writeOvf(folder, { disks: [{ file: "d.vmdk", capacityMiB: 8 }] });
  const ova = await makeOva(folder, ["web.ovf", "d.vmdk"]);
  const source = await discover(ova);
  const [disk] = source.disks;
  assertEquals([source.kind, source.name, source.machine.cpus], ["ova", "web", 2]);
  assertEquals([disk?.format, disk?.virtualSizeBytes, disk?.files], ["vmdk", 8 * 1024 ** 2, [ova]]);
  assertEquals([disk?.controller, disk?.controllerNumber, disk?.slot], ["scsi", 0, 0]);
  await Deno.remove(folder.file("d.vmdk"));
  assert(await sameContents(folder.file("disk.raw"), await asRaw(folder, disk!.image)));
});

Deno.test("DiskDiscovery.discover() reads an OVA whose path would confuse a shell, a URL or qemu", async () => {
  await using folder = await TempFolder.create();
  await makeDisk(folder);
  await writeOvf(folder, { disks: [{ file: "d.vmdk", capacityMiB: 8 }] });
  const ova = await makeOva(folder, ["web.ovf", "d.vmdk"], `a, "b":c 'd' %20 ü.ova`);
  const [disk] = (await discover(ova)).disks;
  assert(await sameContents(folder.file("disk.raw"), await asRaw(folder, disk!.image)));
});

Deno.test("DiskDiscovery.discover() reads an OVF with its disks beside it", async () => {
  await using folder = await TempFolder.create();
  await makeDisk(folder);
  await writeOvf(folder, { disks: [{ file: "d.vmdk", capacityMiB: 8 }] });
  const source = await discover(folder.file("web.ovf"));
  assertEquals([source.kind, source.disks[0]?.image], ["ovf", folder.file("d.vmdk")]);
});

Deno.test("DiskDiscovery.discover() reads a compressed disk of an OVA from the work folder", async () => {
  await using folder = await TempFolder.create();
  await makeDisk(folder);
  await runCommand("gzip", [folder.file("d.vmdk")]);
  await writeOvf(folder, {
    disks: [{ file: "d.vmdk.gz", capacityMiB: 8, attributes: 'ovf:compression="gzip"' }],
  });
  const ova = await makeOva(folder, ["web.ovf", "d.vmdk.gz"]);
  const [disk] = (await discover(ova, { workIn: folder.path })).disks;
  assertEquals(disk?.files, [ova]);
  assert(await sameContents(folder.file("disk.raw"), await asRaw(folder, disk!.image)));
});

Deno.test("DiskDiscovery.discover() reads an OVA in gzip", async () => {
  await using folder = await TempFolder.create();
  await makeDisk(folder);
  await writeOvf(folder, { disks: [{ file: "d.vmdk", capacityMiB: 8 }] });
  await runCommand("gzip", [await makeOva(folder, ["web.ovf", "d.vmdk"])]);
  const source = await discover(folder.file("web.ova.gz"), { workIn: folder.path });
  assertEquals([source.name, source.machine.cpus], ["web", 2]);
  assert(await sameContents(folder.file("disk.raw"), await asRaw(folder, source.disks[0]!.image)));
});

for (const where of ["an OVA", "a folder"]) {
  Deno.test(`DiskDiscovery.discover() reads a disk in parts without joining them (${where})`, async () => {
    await using folder = await TempFolder.create();
    await makeDisk(folder);
    const bytes = await Deno.readFile(folder.file("d.vmdk"));
    const chunk = 65_536;
    const parts: string[] = [];
    for (let at = 0; at < bytes.length; at += chunk) {
      parts.push(`d.vmdk.${String(parts.length).padStart(9, "0")}`);
      await Deno.writeFile(folder.file(parts.at(-1)!), bytes.subarray(at, at + chunk));
    }
    const attributes = `ovf:size="${bytes.length}" ovf:chunkSize="${chunk}"`;
    await writeOvf(folder, { disks: [{ file: "d.vmdk", capacityMiB: 8, attributes }] });
    const ova = await makeOva(folder, ["web.ovf", ...parts]);
    const input = where === "an OVA" ? ova : folder.file("web.ovf");
    const [disk] = (await discover(input, { workIn: folder.path })).disks;
    assert(parts.length > 2);
    assert(await sameContents(folder.file("disk.raw"), await asRaw(folder, disk!.image)));
    await Deno.remove(folder.file(parts[1]!));
    const less = await makeOva(folder, ["web.ovf", ...parts.filter((_, index) => index !== 1)]);
    await assertRejects(
      () => discover(where === "an OVA" ? less : input, { workIn: folder.path }),
      MigrateError,
      "its part d.vmdk.000000001 is missing",
    );
  });
}

Deno.test("DiskDiscovery.discover() makes zeros of a disk that the OVF leaves empty", async () => {
  await using folder = await TempFolder.create();
  await makeDisk(folder);
  await writeOvf(folder, { disks: [{ file: "d.vmdk", capacityMiB: 8 }, { capacityMiB: 16 }] });
  const source = await discover(folder.file("web.ovf"));
  assertEquals(source.disks.map(({ virtualSizeBytes, detail }) => [virtualSizeBytes / 1024 ** 2, detail]), [
    [8, "streamOptimized"],
    [16, "empty"],
  ]);
  const { size } = await Deno.stat(await asRaw(folder, source.disks[1]!.image));
  assertEquals(size, 16 * 1024 ** 2);
});

for (const algorithm of ["sha1", "sha256", "sha512"] as const) {
  Deno.test(`DiskDiscovery.discover() compares the envelope with its ${algorithm} manifest`, async () => {
    await using folder = await TempFolder.create();
    await makeDisk(folder);
    await writeOvf(folder, { disks: [{ file: "d.vmdk", capacityMiB: 8 }] });
    await writeManifest(folder, "web.mf", ["web.ovf", "d.vmdk"], algorithm);
    const good = await makeOva(folder, ["web.ovf", "web.mf", "d.vmdk"]);
    const { digests = [] } = await discover(good);
    assertEquals(digests.map(({ name }) => name), ["web.ovf", "d.vmdk"]);
    await verifyDigests(digests, new AbortController().signal);
    await writeOvf(folder, { disks: [{ file: "d.vmdk", capacityMiB: 8 }], memoryMiB: 99 });
    const bad = await makeOva(folder, ["web.ovf", "web.mf", "d.vmdk"], "bad.ova");
    const error = await assertRejects(
      () => discover(bad),
      MigrateError,
      "of web.ovf is not the one in the manifest",
    );
    assertEquals(error.code, "source/damaged");
    assertEquals((await discover(bad, { verify_manifest: false })).machine.memoryBytes, 99 * 1024 ** 2);
  });
}

Deno.test("DiskDiscovery.discover() hands on the digest of a disk that was changed", async () => {
  await using folder = await TempFolder.create();
  await makeDisk(folder);
  await writeOvf(folder, { disks: [{ file: "d.vmdk", capacityMiB: 8 }] });
  await writeManifest(folder, "web.mf", ["web.ovf", "d.vmdk"]);
  using file = await Deno.open(folder.file("d.vmdk"), { write: true });
  await file.seek(-1, Deno.SeekMode.End);
  await file.write(new Uint8Array([1]));
  const { digests = [] } = await discover(await makeOva(folder, ["web.ovf", "web.mf", "d.vmdk"]));
  const { signal } = new AbortController();
  await assertRejects(() => verifyDigests(digests, signal), MigrateError, "SHA256 of d.vmdk is not the one");
});

Deno.test("DiskDiscovery.discover() warns of files that only the manifest knows", async () => {
  await using folder = await TempFolder.create();
  await makeDisk(folder);
  await writeOvf(folder, { disks: [{ file: "d.vmdk", capacityMiB: 8 }] });
  await Deno.writeTextFile(folder.file("gone.iso"), "");
  await writeManifest(folder, "web.mf", ["web.ovf", "gone.iso"]);
  const { concerns = [] } = await discover(await makeOva(folder, ["web.ovf", "web.mf", "d.vmdk"]));
  assertStringIncludes(concerns[0]?.message ?? "", "gone.iso");
});

/** An envelope with two machines that share nothing. */
function twoMachines(): string {
  const one = ovfText({ name: "front", disks: [{ file: "d.vmdk", capacityMiB: 8 }] });
  const [system] = /<VirtualSystem [\s\S]*<\/VirtualSystem>/.exec(one) ?? [""];
  const other = system.replaceAll("front", "back").replace(">1536<", ">512<");
  const all = `<VirtualSystemCollection ovf:id="all"><Info/>${system}${other}</VirtualSystemCollection>`;
  return one.replace(system, () => all);
}

Deno.test("DiskDiscovery.discover() lets --vm choose among machines, and names them", async () => {
  await using folder = await TempFolder.create();
  await makeDisk(folder);
  await Deno.writeTextFile(folder.file("web.ovf"), twoMachines());
  const source = await discover(folder.file("web.ovf"), { vm: ["back"] });
  assertEquals([source.name, source.machine.memoryBytes], ["back", 512 * 1024 ** 2]);
  const error = await assertRejects(
    () => discover(folder.file("web.ovf")),
    MigrateError,
    "it holds 2 machines",
  );
  assertStringIncludes(error.hint ?? "", "front, back");
  await assertRejects(
    () => discover(folder.file("web.ovf"), { vm: ["x"] }),
    MigrateError,
    'no machine named "x"',
  );
});

for (
  const [what, file, attributes, reason] of [
    ["a missing disk", "none.vmdk", "", "its disk none.vmdk is missing"],
    ["a disk of another length", "d.vmdk", 'ovf:size="12345"', "12345 are described"],
    ["a disk outside the package", "../d.vmdk", "", 'refers to "../d.vmdk"'],
    ["an absolute name", "/etc/passwd", "", 'refers to "/etc/passwd"'],
    ["itself as its disk", "web.ovf", "", "its disk web.ovf is a virtual machine (OVF)"],
    ["an address", "http://example.org/d.vmdk", "", 'refers to "http://example.org/d.vmdk"'],
  ] as const
) {
  Deno.test(`DiskDiscovery.discover() refuses an OVF with ${what}`, async () => {
    await using folder = await TempFolder.create();
    await makeDisk(folder);
    await writeOvf(folder, { disks: [{ file, capacityMiB: 8, attributes }] });
    const ova = await makeOva(folder, ["web.ovf", "d.vmdk"]);
    await assertRejects(() => discover(ova), MigrateError, reason);
    await assertRejects(() => discover(folder.file("web.ovf")), MigrateError, reason);
  });
}

Deno.test("DiskDiscovery.discover() refuses a disk in an OVA that names files of this host", async () => {
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("disk.raw"));
  await convertImage(folder.file("disk.raw"), folder.file("d.vmdk"), "vmdk", "subformat=monolithicFlat");
  await writeOvf(folder, { disks: [{ file: "d.vmdk", capacityMiB: 8 }] });
  const flat = await makeOva(folder, ["web.ovf", "d.vmdk", "d-flat.vmdk"]);
  await assertRejects(() => discover(flat), MigrateError, "a descriptor of other files");
  await convertImage(folder.file("disk.raw"), folder.file("base.vmdk"), "vmdk");
  const create = ["create", "-q", "-f", "vmdk", "-b", "base.vmdk", "-F", "vmdk", "child.vmdk"];
  await runCommand("qemu-img", create, { cwd: folder.path });
  await writeOvf(folder, { disks: [{ file: "child.vmdk", capacityMiB: 8 }] });
  const child = await makeOva(folder, ["web.ovf", "child.vmdk", "base.vmdk"], "child.ova");
  await assertRejects(() => discover(child), MigrateError, "a snapshot of base.vmdk");
});

Deno.test("DiskDiscovery.discover() refuses an OVA that was cut off in its disk", async () => {
  await using folder = await TempFolder.create();
  await makeDisk(folder);
  await writeOvf(folder, { disks: [{ file: "d.vmdk", capacityMiB: 8 }] });
  const ova = await makeOva(folder, ["web.ovf", "d.vmdk"]);
  await Deno.truncate(ova, 100_000);
  const error = await assertRejects(() => discover(ova), MigrateError, "d.vmdk ends at byte");
  assertEquals(error.code, "source/damaged");
});

Deno.test("DiskDiscovery.discover() reads an OVA of 20 disks of 100 GiB in place", async () => {
  await using folder = await TempFolder.create();
  const empty = [
    "create",
    "-q",
    "-f",
    "vmdk",
    "-o",
    "subformat=streamOptimized",
    folder.file("d.vmdk"),
    "100G",
  ];
  await runCommand("qemu-img", empty);
  const names: string[] = [];
  for (let index = 0; index < 20; index++) {
    names.push(`d${index}.vmdk`);
    await Deno.copyFile(folder.file("d.vmdk"), folder.file(names[index]!));
  }
  await writeOvf(folder, { disks: names.map((file) => ({ file, capacityMiB: 102_400 })) });
  const ova = await makeOva(folder, ["web.ovf", ...names]);
  assertEquals(
    (await discover(ova)).disks.map((disk) => disk.virtualSizeBytes),
    names.map(() => 100 * 1024 ** 3),
  );
});
