import { assertEquals, assertMatch } from "@std/assert";
import { runCommand } from "../../../src/run/command.ts";
import { parseFooter } from "../../../src/source/vhd/format.ts";
import { convertImage, makeRawDisk, sameContents } from "../../support/images.ts";
import { testNeeding } from "../../support/needs.ts";
import { discoverIn, failureOf, imageOf } from "../../support/sources.ts";
import { TempFolder } from "../../support/temp.ts";
import { writeChild } from "../../support/vhd.ts";

const MIB = 1024 * 1024;
const SECTOR = 512;

/** Sectors at the ends of a block and over blocks; the last one is of zeros. */
const FIRST = new Map([[1, 0xa1], [7, 0xa2], [8, 0xa3], [4095, 0xa4], [4096, 0xa5], [16383, 0]]);
const SECOND = new Map([[8, 0xb1], [9000, 0xb2]]);

/** A base of some type with two children, and what the top one must hold in `expected`. */
async function makeChain(folder: TempFolder, type: string): Promise<void> {
  await makeRawDisk(folder.file("expected"), 8 * MIB);
  await convertImage(
    folder.file("expected"),
    folder.file("Base.vhd"),
    "vpc",
    `subformat=${type},force_size=on`,
  );
  await writeChild(folder.file("one.avhd"), folder.file("Base.vhd"), "base.VHD", FIRST);
  await writeChild(folder.file("two.avhd"), folder.file("one.avhd"), "one.avhd", SECOND);
  using file = await Deno.open(folder.file("expected"), { write: true });
  for (const [sector, value] of [...FIRST, ...SECOND]) {
    await file.seek(sector * SECTOR, Deno.SeekMode.Start);
    await file.write(new Uint8Array(SECTOR).fill(value));
  }
}

for (const type of ["fixed", "dynamic"]) {
  Deno.test(`DiskDiscovery.discover() merges a differencing VHD with its parents on a ${type} one`, async () => {
    await using folder = await TempFolder.create();
    await makeChain(folder, type);
    const { source } = await discoverIn(folder, [folder.file("two.avhd")]);
    const [disk] = source.disks;
    assertEquals([source.kind, disk?.format, disk?.detail], ["vhd", "raw", "differencing, 3 disks"]);
    assertEquals(disk?.files, ["two.avhd", "one.avhd", "Base.vhd"].map((name) => folder.file(name)));
    assertEquals(await sameContents(folder.file("expected"), imageOf(disk)), true);
  });
}

Deno.test("DiskDiscovery.discover() names the parent of a differencing VHD that is missing", async () => {
  await using folder = await TempFolder.create();
  await makeChain(folder, "dynamic");
  await Deno.remove(folder.file("one.avhd"));
  const error = await failureOf(discoverIn(folder, [folder.file("two.avhd")]));
  assertMatch(`${error.code} ${error.message}`, /^source\/missing .*its parent one\.avhd is missing/);
});

Deno.test("DiskDiscovery.discover() refuses a parent that is another disk", async () => {
  await using folder = await TempFolder.create();
  await makeChain(folder, "dynamic");
  await convertImage(folder.file("expected"), folder.file("Base.vhd"), "vpc", "force_size=on");
  const error = await failureOf(discoverIn(folder, [folder.file("two.avhd")]));
  assertMatch(
    `${error.code} ${error.message}`,
    /^source\/damaged .*its parent \S+Base\.vhd has the id \w{32}/,
  );
});

Deno.test("DiskDiscovery.discover() refuses a parent whose data are cut off", async () => {
  await using folder = await TempFolder.create();
  await makeChain(folder, "dynamic");
  await Deno.truncate(folder.file("Base.vhd"), 3 * MIB);
  const error = await failureOf(discoverIn(folder, [folder.file("two.avhd")]));
  assertMatch(`${error.code} ${error.message}`, /^source\/damaged .*Base\.vhd: it ends at byte/);
});

for (const level of [0, 9]) {
  testNeeding(
    { programs: ["zip"] },
    `DiskDiscovery.discover() merges a differencing VHD that lies in a zip (-${level}) with its parents`,
    async () => {
      await using folder = await TempFolder.create();
      await makeChain(folder, "dynamic");
      await runCommand("sh", ["-ec", `zip -q -${level} vm.zip two.avhd one.avhd Base.vhd; rm *vhd`], {
        cwd: folder.path,
      });
      const { source } = await discoverIn(folder, [folder.file("vm.zip")], { member: "two.avhd" });
      assertEquals(await sameContents(folder.file("expected"), imageOf(source.disks[0])), true);
    },
  );
}

Deno.test("parseFooter() takes no footer with a wrong checksum", async () => {
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("plain"), MIB);
  await convertImage(folder.file("plain"), folder.file("a.vhd"), "vpc");
  const footer = (await Deno.readFile(folder.file("a.vhd"))).slice(0, SECTOR);
  assertEquals(parseFooter(footer)?.type, "dynamic");
  footer[60 + 3] = 4;
  assertEquals(parseFooter(footer), null);
});
