import { assertEquals, assertStringIncludes } from "@std/assert";
import type { PlannedSpace } from "../../src/model/plan.ts";
import { batchSpace } from "../../src/plan/batch_space.ts";
import { freeSpace } from "../../src/plan/free_space.ts";
import { neededBytes, plannedSpaces } from "../../src/plan/spaces.ts";
import { workSpace } from "../../src/plan/work_space.ts";
import { convertImage, makeRawDisk } from "../support/images.ts";
import { preflightFacts } from "../support/preflight_facts.ts";
import { TempFolder } from "../support/temp.ts";

const MIB = 1024 ** 2;
const space = (changes: Partial<PlannedSpace>): PlannedSpace => ({
  ...{ purpose: "output", path: "/out", neededBytes: 100 * MIB, freeBytes: 150 * MIB, storage: "1" },
  ...changes,
});

Deno.test("neededBytes() counts what a disk holds, not its virtual size, and a compressed one as it will be", async () => {
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("disk.raw"), 4 * 1024 ** 3);
  await convertImage(folder.file("disk.raw"), folder.file("disk.vmdk"), "vmdk", "subformat=streamOptimized");
  const { job, source: { disks: [disk] } } = await preflightFacts(folder);
  for (const [name, format] of [["disk.raw", "raw"], ["disk.vmdk", "vmdk"]] as const) {
    const disks = [{ ...disk!, image: folder.file(name), format }];
    const needed = await neededBytes({ disks, job, isExact: true });
    assertEquals(needed > 4 * MIB && needed < 20 * MIB, true, `${name}: ${needed} bytes`);
  }
});

Deno.test("neededBytes() counts the whole disk where it is preallocated, and nothing where it goes to a device", async () => {
  await using folder = await TempFolder.create();
  const { job, source: { disks } } = await preflightFacts(folder);
  const full = await neededBytes({ disks, job: { ...job, preallocate: "full" }, isExact: true });
  assertEquals(full, 4 * MIB + 8 * MIB);
  assertEquals(
    await neededBytes({ disks, job: { ...job, output_device: ["/dev/x"] }, isExact: true }),
    4 * MIB,
  );
});

Deno.test("neededBytes() counts what the fixes write where disks stand on the source", async () => {
  await using folder = await TempFolder.create();
  const { job, source: { disks } } = await preflightFacts(folder);
  const large = disks.map((disk) => ({ ...disk, allocatedSizeBytes: 1024 ** 4 }));
  const needed = await neededBytes({ disks: large, job: { ...job, linked: true }, isExact: false });
  assertEquals(needed < 1024 ** 3, true, `${needed} bytes`);
});

Deno.test("plannedSpaces() knows that two folders share a storage, also before they exist", async () => {
  await using folder = await TempFolder.create();
  const { job, source: { disks } } = await preflightFacts(folder);
  const [output, work] = await plannedSpaces({
    disks,
    job: { ...job, work_dir: folder.file("w/o/r/k") },
    outputDir: folder.file("not/yet/there"),
    isExact: true,
  });
  assertEquals([output?.storage === work?.storage, work?.path], [true, folder.file("w/o/r/k")]);
  assertEquals(output!.freeBytes > 0, true);
});

Deno.test("freeSpace stops when outputs and temporary files on one storage do not fit together", async () => {
  await using folder = await TempFolder.create();
  const work = space({ purpose: "work", neededBytes: 60 * MIB });
  const facts = await preflightFacts(folder, { spaces: [space({}), work] });
  assertStringIncludes((await freeSpace.check(facts))?.message ?? "", "160 MiB are needed, 150 MiB are free");
  assertEquals(await freeSpace.check({ ...facts, spaces: [space({}), { ...work, storage: "2" }] }), null);
  assertEquals(await freeSpace.check({ ...facts, isWritten: true }), null);
});

Deno.test("workSpace stops when the work folder on a storage of its own is too small", async () => {
  await using folder = await TempFolder.create();
  const work = space({ purpose: "work", path: "/work", storage: "2", freeBytes: MIB });
  const facts = await preflightFacts(folder, { spaces: [space({}), work] });
  assertStringIncludes((await workSpace.check(facts))?.message ?? "", "Cannot work in /work");
  assertEquals(await workSpace.check({ ...facts, spaces: [space({}), { ...work, storage: "1" }] }), null);
});

Deno.test("batchSpace() stops machines that fit one by one and not together", () => {
  const vm = (storage: string): { plan: { spaces: PlannedSpace[]; times: [] } } => ({
    plan: {
      spaces: [space({ storage }), space({ purpose: "work", neededBytes: 40 * MIB, storage })],
      times: [],
    },
  });
  assertEquals(batchSpace([vm("1"), vm("2")]), []);
  const [concern] = batchSpace([vm("1"), vm("1")]);
  assertEquals(concern?.severity, "critical");
  // Two outputs, and temporary files of one machine at a time.
  assertStringIncludes(concern!.message, "need 240 MiB at /out, 150 MiB are free");
});
