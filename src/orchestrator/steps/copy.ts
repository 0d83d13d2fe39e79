/**
 * Steps `copy` and `verify`: the overlays become finished images.
 *
 * @module
 */
import { DiskProcessor, type DiskTask } from "../disk_processor.ts";
import { type Migration, need, type StepResult, vmName } from "../migration.ts";
import { copyTargets, manifestPath } from "../outputs.ts";
import { writeManifest } from "../../disk/checksum.ts";
import type { CopyTarget } from "../../disk/copy.ts";
import type { Concern } from "../../model/concern.ts";
import { shellWord } from "../../run/shell_word.ts";
import { size } from "../../ui/size.ts";

/** Copies every disk to its `.partial` file. */
export async function copyDisks(migration: Migration): Promise<StepResult> {
  const tasks = tasksOf(migration);
  const processor = new DiskProcessor({ vm: vmName(migration), ...migration });
  migration.resources.defer(() => processor.discard(tasks));
  const copied = await processor.processDisksParallel(tasks);
  await migration.found.sourceCheck?.passed();
  return {
    found: { copied },
    concerns: tasks.flatMap(({ target }) => standsOn(target, vmName(migration))),
    summary: tasks.length === 1 ? "1 disk" : `${tasks.length} disks`,
  };
}

function standsOn({ path, backing }: CopyTarget, vm: string): Concern[] {
  if (backing === undefined) return [];
  return [{
    id: "output/linked",
    severity: "warning",
    message: `${path} stands on ${backing}, which must stay there as it is.`,
    hint: `virsh blockpull ${shellWord(vm)} ${
      shellWord(path)
    } --wait makes it independent while the machine runs.`,
  }];
}

/** Checks the images and gives them their final names. */
export async function verifyDisks(migration: Migration): Promise<StepResult> {
  const { job, outputDir } = migration;
  const processor = new DiskProcessor({ vm: vmName(migration), ...migration });
  const outputs = await processor.publishAll(tasksOf(migration), need(migration, "copied"));
  if (job.checksum) await writeManifest(manifestPath(outputDir, vmName(migration)), outputs);
  const allocated = outputs.reduce((sum, disk) => sum + disk.allocatedSizeBytes, 0);
  return { found: { outputs }, summary: `no errors, ${size(allocated)}` };
}

function tasksOf(migration: Migration): DiskTask[] {
  const { job, outputDir } = migration;
  const targets = copyTargets(outputDir, need(migration, "source"), job);
  return need(migration, "overlays").map((overlay, index) => ({
    overlay,
    target: targets[index]!,
    checksum: job.checksum,
  }));
}
