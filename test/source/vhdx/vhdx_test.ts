import { assert, assertEquals, assertMatch } from "@std/assert";
import { runCommand } from "../../../src/run/command.ts";
import { makeRawDisk, sameContents } from "../../support/images.ts";
import { testNeeding } from "../../support/needs.ts";
import { discoverIn, failureOf, imageOf } from "../../support/sources.ts";
import { TempFolder } from "../../support/temp.ts";
import { makeVhdx, type OwnBlocks, writeVhdxChild } from "../../support/vhdx.ts";

const MIB = 1024 * 1024;
const SIZE = 8 * MIB;

/** Sectors at the ends of a block, a whole block, and zeros over what the parent has. */
function firstOwn(sectorBytes: number): OwnBlocks {
  const last = MIB / sectorBytes - 1;
  return new Map<number, number | "zero" | Map<number, number>>([
    [0, new Map([[1, 0xa1], [7, 0xa2], [8, 0xa3], [last, 0xa4]])],
    [1, new Map([[0, 0xa5]])],
    [2, 0xcc],
    [4, "zero"],
  ]);
}
const SECOND: OwnBlocks = new Map([[0, new Map([[8, 0xb1]])], [5, new Map([[100, 0xb2]])]]);

/** A base with two children, and what the top one must hold in `expected`. */
async function makeChain(folder: TempFolder, sectorBytes: number): Promise<void> {
  await makeRawDisk(folder.file("expected"), SIZE);
  await makeVhdx(folder.file("Base.vhdx"), folder.file("expected"), sectorBytes);
  const spec = { sizeBytes: SIZE, sectorBytes };
  const first = { ...spec, parentName: "base.VHDX", own: firstOwn(sectorBytes) };
  await writeVhdxChild(folder.file("one.avhdx"), folder.file("Base.vhdx"), first);
  const second = { ...spec, parentName: "one.avhdx", own: SECOND };
  await writeVhdxChild(folder.file("two.avhdx"), folder.file("one.avhdx"), second);
  using file = await Deno.open(folder.file("expected"), { write: true });
  for (const own of [firstOwn(sectorBytes), SECOND]) {
    for (const [block, what] of own) {
      const runs = typeof what === "object" ? [...what] : [];
      if (typeof what !== "object") {
        await file.seek(block * MIB, Deno.SeekMode.Start);
        await file.write(new Uint8Array(MIB).fill(what === "zero" ? 0 : what));
      }
      for (const [sector, value] of runs) {
        await file.seek(block * MIB + sector * sectorBytes, Deno.SeekMode.Start);
        await file.write(new Uint8Array(sectorBytes).fill(value));
      }
    }
  }
}

for (const sectorBytes of [512, 4096]) {
  Deno.test(`DiskDiscovery.discover() reads a differencing VHDX with its parents (sectors of ${sectorBytes})`, async () => {
    await using folder = await TempFolder.create();
    await makeChain(folder, sectorBytes);
    const { source, unpackedFiles } = await discoverIn(folder, [folder.file("two.avhdx")]);
    const [disk] = source.disks;
    assertEquals([source.kind, disk?.format, disk?.detail], ["vhdx", "raw", "differencing, 3 disks"]);
    assertEquals(disk?.files, ["two.avhdx", "one.avhdx", "Base.vhdx"].map((name) => folder.file(name)));
    assert(await sameContents(folder.file("expected"), imageOf(disk)));
    // Nothing was copied: only the socket is in the work folder.
    assertEquals(unpackedFiles.map((name) => name.replace(/^nbd-\w+\//, "")), ["disk"]);
  });
}

Deno.test("DiskDiscovery.discover() shows the holes of a differencing VHDX", async () => {
  await using folder = await TempFolder.create();
  await makeChain(folder, 512);
  const { source } = await discoverIn(folder, [folder.file("two.avhdx")]);
  const { stdout } = await runCommand("qemu-img", ["map", "--output=json", imageOf(source.disks[0])]);
  const stored = (JSON.parse(stdout) as { length: number; zero: boolean }[]).filter(({ zero }) => !zero);
  // Blocks 0, 2 and 7, and a sector each in 1 and 5.
  assertEquals(stored.reduce((sum, { length }) => sum + length, 0), 3 * MIB + 2 * 512);
});

Deno.test("DiskDiscovery.discover() names the parent of a differencing VHDX that is missing", async () => {
  await using folder = await TempFolder.create();
  await makeChain(folder, 512);
  await Deno.remove(folder.file("one.avhdx"));
  const error = await failureOf(discoverIn(folder, [folder.file("two.avhdx")]));
  assertMatch(`${error.code} ${error.message}`, /^source\/missing .*its parent one\.avhdx is missing/);
});

Deno.test("DiskDiscovery.discover() refuses the parent of a VHDX that is another disk", async () => {
  await using folder = await TempFolder.create();
  await makeChain(folder, 512);
  await makeVhdx(folder.file("Base.vhdx"), folder.file("expected"));
  const error = await failureOf(discoverIn(folder, [folder.file("two.avhdx")]));
  assertMatch(`${error.code} ${error.message}`, /^source\/damaged .*Base\.vhdx has the id \w{32}, \w{32} is/);
});

Deno.test("DiskDiscovery.discover() refuses a VHDX whose parent is cut off", async () => {
  await using folder = await TempFolder.create();
  await makeChain(folder, 512);
  await Deno.truncate(folder.file("Base.vhdx"), 6 * MIB);
  const error = await failureOf(discoverIn(folder, [folder.file("two.avhdx")]));
  assertMatch(`${error.code} ${error.message}`, /^source\/damaged .*Base\.vhdx: it ends at byte/);
});

Deno.test("DiskDiscovery.discover() refuses a differencing VHDX with changes in its log", async () => {
  await using folder = await TempFolder.create();
  await makeChain(folder, 512);
  const bytes = await Deno.readFile(folder.file("two.avhdx"));
  for (const header of [64 * 1024, 128 * 1024]) bytes[header + 48] = 1;
  await Deno.writeFile(folder.file("two.avhdx"), bytes);
  const error = await failureOf(discoverIn(folder, [folder.file("two.avhdx")]));
  assertMatch(
    `${error.code} ${error.message}`,
    /^source\/unsupported .*two\.avhdx: changes are left in its log/,
  );
});

for (const level of [0, 9]) {
  testNeeding(
    { programs: ["zip"] },
    `DiskDiscovery.discover() reads a differencing VHDX that lies in a zip (-${level}) with its parents`,
    async () => {
      await using folder = await TempFolder.create();
      await makeChain(folder, 512);
      const pack = `zip -q -${level} vm.zip two.avhdx one.avhdx Base.vhdx; rm *vhdx`;
      await runCommand("sh", ["-ec", pack], { cwd: folder.path });
      const { source } = await discoverIn(folder, [folder.file("vm.zip")], { member: "two.avhdx" });
      assert(await sameContents(folder.file("expected"), imageOf(source.disks[0])));
    },
  );
}
