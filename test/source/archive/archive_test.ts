import { assertEquals, assertMatch } from "@std/assert";
import { runCommand } from "../../../src/run/command.ts";
import { convertImage, makeRawDisk, sameContents } from "../../support/images.ts";
import { discoverIn, failureOf, imageOf } from "../../support/sources.ts";
import { testNeeding } from "../../support/needs.ts";
import { makeSample, SAMPLES } from "../../support/source_samples.ts";
import { TempFolder } from "../../support/temp.ts";

const MIB = 1024 * 1024;
const PACKERS = { programs: ["qemu-img", "tar", "gzip", "xz", "zstd", "zip"] };

/** Runs a program in a folder. */
async function run(folder: TempFolder, line: string): Promise<void> {
  await runCommand("sh", ["-ec", line], { cwd: folder.path });
}

/** Formats that qemu-img writes, and options for it. */
const FORMATS: readonly (readonly [string, string, string?])[] = [
  ["raw", "raw"],
  ["qcow2", "qcow2"],
  ["vdi", "vdi"],
  ["vhdx", "vhdx"],
  ["vhd", "vpc", "subformat=dynamic,force_size=on"],
  ["vhd", "vpc", "subformat=fixed,force_size=on"],
  ["vmdk", "vmdk", "subformat=streamOptimized"],
];

/** How a disk is packed, and whether it is opened in place. */
const PACKINGS: readonly (readonly [string, string, boolean])[] = [
  ["tar", "tar -cf disk.x disk", true],
  ["tar (pax)", "tar --format=pax -cf disk.x disk", true],
  ["sparse tar", "tar -S -cf disk.x disk", false],
  ["tar.gz", "tar -czf disk.x disk", false],
  ["tar.xz", "tar -cJf disk.x disk", false],
  ["tar.zst", "tar -c disk | zstd -q -o disk.x", false],
  ["gz", "gzip -c disk > disk.x", false],
  ["xz", "xz -c disk > disk.x", false],
  ["zst", "zstd -q disk -o disk.x", false],
  ["zip", "zip -q disk.zip disk; mv disk.zip disk.x", false],
  ["stored zip", "zip -q -0 disk.zip disk; mv disk.zip disk.x", true],
  ["zip64", "zip -q -fz - disk > disk.x < disk", false],
];

for (const [packing, line, inPlace] of PACKINGS) {
  testNeeding(PACKERS, `DiskDiscovery.discover() reads every disk format in a ${packing}`, async () => {
    // What is unpacked is a file like any other, so a few formats show it.
    const formats = inPlace
      ? FORMATS
      : FORMATS.filter(([, , options]) => !/dynamic/.test(options ?? "dynamic"));
    for (const [kind, format, options] of [FORMATS[0]!, ...formats]) {
      await using folder = await TempFolder.create();
      await makeRawDisk(folder.file("plain.raw"), 4 * MIB);
      await convertImage(folder.file("plain.raw"), folder.file("disk"), format, options);
      await run(folder, line);
      await Deno.remove(folder.file("disk"));
      const { source, unpackedFiles } = await discoverIn(folder, [folder.file("disk.x")]);
      const [disk] = source.disks;
      assertEquals(
        await sameContents(folder.file("plain.raw"), imageOf(disk)),
        true,
        `${kind} in ${packing}`,
      );
      assertEquals([disk?.path, disk?.files], [folder.file("disk.x"), [folder.file("disk.x")]]);
      if (inPlace) assertEquals(unpackedFiles, [], `${kind} (${options ?? ""}) in ${packing} was unpacked`);
    }
  });
}

testNeeding(PACKERS, "DiskDiscovery.discover() keeps a sparse disk sparse when it unpacks it", async () => {
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("disk.raw"), 256 * MIB);
  await run(folder, "gzip disk.raw");
  const { source } = await discoverIn(folder, [folder.file("disk.raw.gz")]);
  assertEquals(source.name, "disk");
  assertEquals(source.disks[0]?.virtualSizeBytes, 256 * MIB);
  assertEquals((source.disks[0]?.allocatedSizeBytes ?? Infinity) < MIB, true);
});

testNeeding(
  PACKERS,
  "DiskDiscovery.discover() takes the largest bootable disk of a nested bundle, and says so",
  async () => {
    await using folder = await TempFolder.create();
    await makeRawDisk(folder.file("root.raw"), 4 * MIB);
    await makeRawDisk(folder.file("rescue.raw"), 2 * MIB);
    await run(
      folder,
      `truncate -s 8M data.raw; mkfs.ext4 -q data.raw; echo '<m/>' > manifest.xml; echo '{}' > manifest.json
    tar -cf image.tar root.raw rescue.raw data.raw; tar -cf ami.tar manifest.xml manifest.json image.tar`,
    );
    const { source, unpackedFiles } = await discoverIn(folder, [folder.file("ami.tar")]);
    assertEquals(await sameContents(folder.file("root.raw"), imageOf(source.disks[0])), true);
    assertEquals(unpackedFiles, []);
    const [concern] = source.concerns ?? [];
    assertEquals([concern?.id, concern?.severity], ["source/member", "information"]);
    assertEquals(
      concern?.message,
      "root.raw was taken (the largest that can boot), not rescue.raw, data.raw.",
    );
  },
);

testNeeding(
  PACKERS,
  "DiskDiscovery.discover() takes the member that --member names, in the archive inside",
  async () => {
    await using folder = await TempFolder.create();
    await makeRawDisk(folder.file("root.raw"), 4 * MIB);
    await makeRawDisk(folder.file("rescue.raw"), 2 * MIB);
    await run(folder, "tar -czf image.tar.gz root.raw rescue.raw; tar -cf ami.tar image.tar.gz");
    const { source } = await discoverIn(folder, [folder.file("ami.tar")], { member: "rescue.raw" });
    assertEquals(await sameContents(folder.file("rescue.raw"), imageOf(source.disks[0])), true);
    assertEquals(source.concerns, []);
    const error = await failureOf(discoverIn(folder, [folder.file("ami.tar")], { member: "none.raw" }));
    assertEquals(error.code, "source/missing");
    assertMatch(error.hint ?? "", /root\.raw/);
  },
);

testNeeding(PACKERS, "DiskDiscovery.discover() unpacks a VMDK descriptor with its extents", async () => {
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("plain.raw"), 4 * MIB);
  await convertImage(folder.file("plain.raw"), folder.file("d.vmdk"), "vmdk", "subformat=monolithicFlat");
  await run(folder, "mkdir vm; mv d.vmdk d-flat.vmdk vm; zip -q -r vm.zip vm");
  const { source } = await discoverIn(folder, [folder.file("vm.zip")]);
  assertEquals(source.disks[0]?.format, "vmdk");
  assertEquals(await sameContents(folder.file("plain.raw"), imageOf(source.disks[0])), true);
});

testNeeding(
  PACKERS,
  "DiskDiscovery.discover() refuses a descriptor in an archive that names a file outside",
  async () => {
    await using folder = await TempFolder.create();
    await makeRawDisk(folder.file("plain.raw"), 4 * MIB);
    await convertImage(folder.file("plain.raw"), folder.file("d.vmdk"), "vmdk", "subformat=monolithicFlat");
    await run(
      folder,
      `sed -i 's|"d-flat.vmdk"|"${folder.file("plain.raw")}"|' d.vmdk; tar -cf vm.tar d.vmdk`,
    );
    const error = await failureOf(discoverIn(folder, [folder.file("vm.tar")]));
    assertEquals(error.code, "source/unsupported");
  },
);

testNeeding(
  PACKERS,
  "DiskDiscovery.discover() refuses a qcow2 in an archive that names a file outside",
  async () => {
    await using folder = await TempFolder.create();
    await makeRawDisk(folder.file("plain.raw"), 4 * MIB);
    await run(
      folder,
      `qemu-img create -q -f qcow2 -b "$PWD/plain.raw" -F raw d.qcow2; tar -cf vm.tar d.qcow2`,
    );
    assertEquals((await failureOf(discoverIn(folder, [folder.file("vm.tar")]))).code, "source/unsupported");
  },
);

for (
  const [what, command] of [["ext4", "mkfs.ext4 -q"], ["xfs", "mkfs.xfs -q"], ["btrfs", "mkfs.btrfs -q"]]
) {
  testNeeding(
    { programs: [`mkfs.${what}`] },
    `DiskDiscovery.discover() takes a ${what} filesystem without a partition table`,
    async () => {
      await using folder = await TempFolder.create();
      await run(folder, `truncate -s 320M d; ${command} d; tar -cf d.tar d`);
      assertEquals((await discoverIn(folder, [folder.file("d")])).source.kind, "raw");
      assertEquals((await discoverIn(folder, [folder.file("d.tar")])).source.disks[0]?.format, "raw");
    },
  );
}

testNeeding(
  { programs: ["cryptsetup"] },
  "DiskDiscovery.discover() takes a LUKS volume and an LVM volume without a partition table",
  async () => {
    await using folder = await TempFolder.create();
    await run(
      folder,
      `truncate -s 32M luks lvm
    printf %s secret | cryptsetup luksFormat -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 luks -
    printf 'LABELONE' | dd of=lvm bs=512 seek=1 conv=notrunc status=none`,
    );
    for (const name of ["luks", "lvm"]) {
      assertEquals((await discoverIn(folder, [folder.file(name)])).source.kind, "raw");
    }
  },
);

testNeeding(PACKERS, "DiskDiscovery.discover() stops unpacking when the run is cancelled", async () => {
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("disk"), 64 * MIB);
  await run(folder, "gzip -k disk; xz -k -0 disk; zstd -q disk; zip -q disk.zip disk");
  for (const name of ["disk.gz", "disk.xz", "disk.zst", "disk.zip"]) {
    const error = await failureOf(discoverIn(folder, [folder.file(name)], {}, AbortSignal.abort()));
    assertEquals(error.code, "run/cancelled", name);
  }
});

testNeeding(
  PACKERS,
  "DiskDiscovery.discover() reads machines in archives: an OVA, an OVF and a VMX",
  async () => {
    for (
      const [kind, line] of [["ova", "gzip -c web.ova"], ["ovf", "zip -q -r - vm"], [
        "vmx",
        "tar -cJ vm",
      ]] as const
    ) {
      await using folder = await TempFolder.create();
      const path = await makeSample(folder, SAMPLES[kind]!);
      await run(
        folder,
        `mkdir vm; for i in *.*; do test "$i" = web.ova || mv "$i" vm; done; ${line} > packed`,
      );
      await run(folder, "mv vm away; rm -f web.ova");
      const { source } = await discoverIn(folder, [folder.file("packed")]);
      assertEquals([source.name, source.disks.length], ["web", 1], `${kind} from ${path}`);
      assertEquals(await sameContents(folder.file("away/disk.raw"), imageOf(source.disks[0])), true, kind);
    }
  },
);
