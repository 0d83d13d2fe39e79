import { assertEquals } from "@std/assert";
import { Completeness } from "../../src/watch/completeness.ts";
import { scan } from "../../src/watch/scan.ts";
import { TempFolder } from "../support/temp.ts";

/** The reason why the only candidate is not complete; undefined when it is. */
async function reasonAt(
  tracker: Completeness,
  folder: TempFolder,
  nowMs: number,
): Promise<string | undefined> {
  const { pending } = await tracker.sort(folder.path, await scan(folder.path), 1000, nowMs);
  return pending[0]?.reason;
}

Deno.test("Completeness.sort() wants a file unchanged for the whole time", async () => {
  await using folder = await TempFolder.create();
  const tracker = new Completeness();
  await Deno.writeTextFile(folder.file("a.raw"), "x");
  assertEquals(await reasonAt(tracker, folder, 0), "still changing");
  await Deno.writeTextFile(folder.file("a.raw"), "xy");
  assertEquals(await reasonAt(tracker, folder, 1500), "still changing");
  assertEquals(await reasonAt(tracker, folder, 2499), "still changing");
  assertEquals(await reasonAt(tracker, folder, 2500), undefined);
});

Deno.test("Completeness.sort() waits while a program has the file open for writing, not for reading", async () => {
  await using folder = await TempFolder.create();
  const tracker = new Completeness();
  using writer = await Deno.open(folder.file("a.raw"), { create: true, write: true });
  await reasonAt(tracker, folder, 0);
  assertEquals(await reasonAt(tracker, folder, 2000), "a program is writing a.raw");
  writer[Symbol.dispose]();
  using _reader = await Deno.open(folder.file("a.raw"));
  assertEquals(await reasonAt(tracker, folder, 3000), undefined);
});

Deno.test("Completeness.sort() takes a file at once that was moved in", async () => {
  await using folder = await TempFolder.create();
  const tracker = new Completeness();
  await Deno.writeTextFile(folder.file("a.raw"), "x");
  tracker.movedIn("a.raw");
  assertEquals(await reasonAt(tracker, folder, 0), undefined);
});

Deno.test("Completeness.sort() waits for the files that a machine names", async () => {
  await using folder = await TempFolder.create();
  const tracker = new Completeness();
  await Deno.writeTextFile(folder.file("a.vmdk"), '# Disk DescriptorFile\nRW 8 VMFS "a-flat.vmdk"\n');
  await reasonAt(tracker, folder, 0);
  assertEquals(await reasonAt(tracker, folder, 9000), "waits for a-flat.vmdk");
});

Deno.test("Completeness.sort() gives a job file that does not parse more time, and then lets it fail", async () => {
  await using folder = await TempFolder.create();
  const tracker = new Completeness();
  await Deno.writeTextFile(folder.file("job.yaml"), "source: [a");
  await reasonAt(tracker, folder, 0);
  assertEquals(
    await reasonAt(tracker, folder, 1500),
    "it does not parse; perhaps it is still being written",
  );
  assertEquals(await reasonAt(tracker, folder, 3000), undefined);
});
