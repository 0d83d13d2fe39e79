/** What every input kind must do, on a sample of it. */
import { assertEquals } from "@std/assert";
import { assertReadsDisks } from "../../src/conformance/source.ts";
import { selectSource } from "../../src/orchestrator/disk_discovery.ts";
import { readHead } from "../../src/source/input/input_head.ts";
import { SOURCES } from "../../src/source/source.ts";
import { sha256 } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { makeSample, SAMPLES, VARIANTS } from "../support/source_samples.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = { programs: ["qemu-img", "tar", "zip", "gzip", "xz", "zstd"] };

const kinds = SOURCES.map(({ kind }) => kind);
const all = [...Object.entries(SAMPLES), ...Object.entries(VARIANTS)];

Deno.test("SOURCES has a sample of every kind, and no kind twice", () => {
  assertEquals(kinds.filter((kind) => !(kind in SAMPLES)), [], "kinds without a sample");
  assertEquals(new Set(kinds).size, kinds.length);
});

for (const [sample, make] of all) {
  const kind = sample.split(" ")[0]!;

  testNeeding(NEEDS, `SOURCES picks ${kind} for a sample of ${sample}`, async () => {
    await using folder = await TempFolder.create();
    const path = await makeSample(folder, make);
    assertEquals(selectSource(await readHead(path)).kind, kind);
  });

  testNeeding(
    NEEDS,
    `Source.read() of ${sample} finds the disk, and leaves the input as it was`,
    async () => {
      await using folder = await TempFolder.create();
      const path = await makeSample(folder, make);
      const workDir = folder.file("work");
      await Deno.mkdir(workDir);
      const disksSha256 = [await sha256(folder.file("disk.raw"))];
      const source = selectSource(await readHead(path));
      await assertReadsDisks(source, { path, workDir, disksSha256 });
    },
  );
}

testNeeding(NEEDS, "Source.matches() is true for no other kind, where a magic number tells", async () => {
  for (const [sample, make] of all) {
    await using folder = await TempFolder.create();
    const head = await readHead(await makeSample(folder, make));
    const kind = sample.split(" ")[0];
    const matching = SOURCES.filter((source) => source.matches(head)).map((source) => source.kind);
    // An OVA is a tar, too, and a fixed VHD begins as the raw disk that it holds; each comes before the other.
    const expected = kind === "ova" ? ["ova", "tar"] : sample === "vhd fixed" ? ["vhd", "raw"] : [kind];
    assertEquals(matching, expected, sample);
  }
});
