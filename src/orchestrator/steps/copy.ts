/**
 * Steps `copy` and `verify`: the overlays become finished images.
 *
 * @module
 */
import { DiskProcessor, type DiskTask } from "../disk_processor.ts";
import { type Migration, need, type StepResult, vmName } from "../migration.ts";
import { outputPaths } from "../outputs.ts";
import { checksums } from "../../disk/checksum.ts";
import { size } from "../../ui/size.ts";

/** Copies every disk to its `.partial` file. */
export async function copyDisks(migration: Migration): Promise<StepResult> {
  const tasks = tasksOf(migration);
  const processor = processorOf(migration);
  migration.resources.defer(() => processor.discard(tasks));
  await processor.processDisksParallel(tasks);
  return { found: {}, summary: tasks.length === 1 ? "1 disk" : `${tasks.length} disks` };
}

/** Checks the images and gives them their final names. */
export async function verifyDisks(migration: Migration): Promise<StepResult> {
  const published = await processorOf(migration).publishAll(tasksOf(migration));
  const outputs = migration.job.checksum ? await checksums(published, migration.signal) : published;
  const allocated = outputs.reduce((sum, disk) => sum + disk.allocatedSizeBytes, 0);
  return { found: { outputs }, summary: `no errors, ${size(allocated)}` };
}

function processorOf(migration: Migration): DiskProcessor {
  return new DiskProcessor({ vm: vmName(migration), emit: migration.emit, signal: migration.signal });
}

function tasksOf(migration: Migration): DiskTask[] {
  const { job, outputDir } = migration;
  const paths = outputPaths(outputDir, need(migration, "source"), job.format, job.disk_name);
  return need(migration, "overlays").map((overlay, index) => ({
    overlay,
    target: {
      path: paths[index] ?? "",
      format: job.format,
      ...(job.compress === undefined ? {} : { compress: job.compress }),
    },
  }));
}
