/**
 * What a plan says of the space and the time that a run would take.
 *
 * @module
 */
import { sizeOf } from "../config/size_text.ts";
import type { VmPlan } from "../model/plan.ts";
import type { StageReport } from "../model/report.ts";
import { estimate } from "../plan/estimate.ts";
import { readSpeed } from "../plan/read_speed.ts";
import type { Migration } from "./migration.ts";

/** The plan of one machine; undefined before its disks and its host are known. */
export async function vmPlan(
  { found, job, signal }: Migration,
  stages: readonly StageReport[],
): Promise<VmPlan | undefined> {
  const { source, host, spaces } = found;
  if (source === undefined || host === undefined || spaces === undefined) return undefined;
  // Of many machines the speed of each is not measured: that would take longer than all the rest.
  const file = job.plan_depth === "host" ? undefined : source.disks[0]?.files[0];
  const speed = file === undefined || file.includes("://") ? undefined : await readSpeed(file, signal);
  const times = estimate({
    job,
    bytes: spaces.find((one) => one.purpose === "output")?.neededBytes ?? 0,
    accelerator: host.accelerator,
    stages,
    readBytesPerSecond: speed,
    bandwidth: job.bandwidth === undefined ? undefined : sizeOf(job.bandwidth),
    cpus: job.workers ?? navigator.hardwareConcurrency,
  });
  return { spaces, times, ...(speed === undefined ? {} : { readBytesPerSecond: speed }) };
}
