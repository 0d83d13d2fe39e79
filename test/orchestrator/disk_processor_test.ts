import { assertEquals, assertRejects } from "@std/assert";
import { createOverlays } from "../../src/disk/overlay.ts";
import type { SourceDisk } from "../../src/model/disk.ts";
import { MigrateError } from "../../src/model/error.ts";
import type { RunEvent } from "../../src/model/event.ts";
import { DiskProcessor, type DiskTask } from "../../src/orchestrator/disk_processor.ts";
import { HostBudget, UNLIMITED } from "../../src/run/budget.ts";
import { makeRawDisk, sameContents, sha256 } from "../support/images.ts";
import { LOOP_NEEDS, LoopDevice } from "../support/loop_device.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = { programs: ["qemu-img", "qemu-nbd", "nbdcopy"] };
const SIZE = 8 * 1024 * 1024;
const OPTIONS = { vm: "web", emit: (): void => {}, signal: new AbortController().signal, budget: UNLIMITED };

/** Tasks for disks that hold different things. */
async function tasksIn(
  folder: TempFolder,
  count: number,
  changes: Partial<DiskTask["target"]> = {},
): Promise<DiskTask[]> {
  const disks = await Promise.all(Array.from({ length: count }, async (_, index): Promise<SourceDisk> => {
    const image = folder.file(`disk-${index}.raw`);
    await makeRawDisk(image, SIZE + index * 1024 * 1024);
    return {
      ...{ path: image, image, format: "raw", files: [image] },
      ...{ virtualSizeBytes: SIZE + index * 1024 * 1024, allocatedSizeBytes: 0 },
    };
  }));
  const overlays = await createOverlays(disks, folder.path, OPTIONS.signal);
  return overlays.map((overlay, index) => ({
    overlay,
    target: { path: folder.file(`out-${index}.qcow2`), format: "qcow2", ...changes },
    checksum: true,
  }));
}

testNeeding(NEEDS, "DiskProcessor copies, hashes, checks and names disks in their order", async () => {
  await using folder = await TempFolder.create();
  const tasks = await tasksIn(folder, 3);
  const processor = new DiskProcessor(OPTIONS);
  const copied = await processor.processDisksParallel(tasks);
  assertEquals((await folder.names()).filter((name) => name.startsWith("out")), [
    "out-0.qcow2.partial",
    "out-1.qcow2.partial",
    "out-2.qcow2.partial",
  ]);
  const outputs = await processor.publishAll(tasks, copied);
  for (const [index, output] of outputs.entries()) {
    assertEquals(output.path, folder.file(`out-${index}.qcow2`));
    assertEquals(output.sha256, await sha256(output.path));
    assertEquals(await sameContents(folder.file(`disk-${index}.raw`), output.path), true);
  }
});

testNeeding(NEEDS, "DiskProcessor copies one disk at a time when the budget has one processor", async () => {
  await using folder = await TempFolder.create();
  const tasks = (await tasksIn(folder, 3)).map((task) => ({ ...task, checksum: false }));
  const events: number[] = [];
  const emit = (event: RunEvent): void => {
    if (event.type === "progress") events.push(event.disk);
  };
  const budget = new HostBudget({ cpus: 1, memoryBytes: 1e9, guests: 1 });
  await new DiskProcessor({ ...OPTIONS, emit, budget }).processDisksParallel(tasks);
  assertEquals(events, events.toSorted((a, b) => a - b));
});

testNeeding(NEEDS, "DiskProcessor.processDisksParallel() leaves nothing when one disk fails", async () => {
  await using folder = await TempFolder.create();
  const tasks = await tasksIn(folder, 2);
  await Deno.remove(folder.file("disk-1.raw"));
  const error = await assertRejects(
    () => new DiskProcessor(OPTIONS).processDisksParallel(tasks),
    MigrateError,
  );
  assertEquals(error.code, "tool/failed");
  assertEquals((await folder.names()).filter((name) => name.startsWith("out")), []);
});

testNeeding(
  { ...NEEDS, ...LOOP_NEEDS, programs: [...NEEDS.programs, ...LOOP_NEEDS.programs] },
  "DiskProcessor writes a whole disk to a block device that held something else",
  async () => {
    await using folder = await TempFolder.create();
    for (const checksum of [false, true]) {
      await using device = await LoopDevice.create(folder.file("device"), SIZE);
      await Deno.writeFile(device.path, new Uint8Array(SIZE).fill(0xee));
      const [task] = await tasksIn(folder, 1, { path: device.path, format: "raw", isDevice: true });
      const processor = new DiskProcessor(OPTIONS);
      const copied = await processor.processSingleDisk({ ...task!, checksum });
      const [output] = await processor.publishAll([task!], [copied]);
      assertEquals(await sameContents(folder.file("disk-0.raw"), device.path), true);
      assertEquals([output?.isDevice, output?.sha256 === undefined], [true, !checksum]);
      if (checksum) assertEquals(output?.sha256, await sha256(folder.file("disk-0.raw")));
    }
  },
);

testNeeding(NEEDS, "DiskProcessor preallocates where that is asked for", async () => {
  await using folder = await TempFolder.create();
  const [task] = await tasksIn(folder, 1, {
    path: folder.file("out.raw"),
    format: "raw",
    preallocate: "falloc",
  });
  const processor = new DiskProcessor(OPTIONS);
  const outputs = await processor.publishAll([task!], [await processor.processSingleDisk(task!)]);
  assertEquals(outputs[0]!.allocatedSizeBytes >= SIZE, true);
  assertEquals(outputs[0]!.sha256, await sha256(folder.file("out.raw")));
});
