/**
 * The space that all machines of a batch need together: each may fit where all do not.
 *
 * @module
 */
import type { Concern } from "../model/concern.ts";
import type { PlannedSpace } from "../model/plan.ts";
import type { VmReport } from "../model/report.ts";
import { size } from "../ui/size.ts";

/** One line a storage: outputs add up, the temporary files of one machine make room for those of the next. */
export function sumSpaces(vms: readonly Pick<VmReport, "plan">[]): PlannedSpace[] {
  const storages = new Map<string, { first: PlannedSpace; outputBytes: number; workBytes: number }>();
  for (const space of vms.flatMap((vm) => vm.plan?.spaces ?? [])) {
    const { first, outputBytes, workBytes } = storages.get(space.storage) ??
      { first: space, outputBytes: 0, workBytes: 0 };
    const isOutput = space.purpose === "output";
    storages.set(space.storage, {
      first,
      outputBytes: outputBytes + (isOutput ? space.neededBytes : 0),
      workBytes: Math.max(workBytes, isOutput ? 0 : space.neededBytes),
    });
  }
  return [...storages.values()].map(({ first, outputBytes, workBytes }) => ({
    ...first,
    neededBytes: outputBytes + workBytes,
  }));
}

/** A critical concern for each storage that is too small for all of them. */
export function batchSpace(vms: readonly Pick<VmReport, "plan">[]): Concern[] {
  if (vms.length < 2) return [];
  return sumSpaces(vms).filter((one) => one.neededBytes > one.freeBytes).map((one) => ({
    id: "space/batch",
    severity: "critical",
    message: `All machines together need ${size(one.neededBytes)} at ${one.path}, ${
      size(one.freeBytes)
    } are free.`,
    hint: "Free some space, give some of them another folder (output), or convert them in several runs.",
  }));
}
