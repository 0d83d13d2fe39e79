/**
 * Step `discover`: what the user named becomes a machine with its disks.
 *
 * @module
 */
import { DiskDiscovery } from "../disk_discovery.ts";
import type { Digest } from "../../model/digest.ts";
import { SourceCheck } from "../../source/digest/source_check.ts";
import { withChoices } from "../../libvirt/machine_request.ts";
import type { Migration, StepResult } from "../migration.ts";
import { size } from "../../ui/size.ts";

/** Finds the disks. */
export async function discover(migration: Migration): Promise<StepResult> {
  const { digests = [], ...found } = await new DiskDiscovery(migration).discover();
  const sourceCheck = startCheck(digests, migration);
  const source = { ...found, machine: withChoices(found.machine, migration.job) };
  const total = source.disks.reduce((sum, disk) => sum + disk.virtualSizeBytes, 0);
  const count = source.disks.length === 1 ? "1 disk" : `${source.disks.length} disks`;
  return {
    found: { source, ...(sourceCheck === undefined ? {} : { sourceCheck }) },
    concerns: source.concerns ?? [],
    summary: `${source.kind}, ${count}, ${size(total)}`,
  };
}

/** Compares with the manifest while the other steps go on; `copy` waits for it. A plan reads as little as it can. */
function startCheck(digests: readonly Digest[], migration: Migration): SourceCheck | undefined {
  const { mode, signal, budget, resources } = migration;
  if (mode !== "convert" || digests.length === 0) return undefined;
  return resources.use(new SourceCheck(digests, signal, budget));
}
