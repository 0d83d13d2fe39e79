/**
 * Step `discover`: what the user named becomes a machine with its disks.
 *
 * @module
 */
import { DiskDiscovery } from "../disk_discovery.ts";
import type { Migration, StepResult } from "../migration.ts";
import { size } from "../../ui/size.ts";

/** Finds the disks. */
export async function discover(migration: Migration): Promise<StepResult> {
  const source = await new DiskDiscovery(migration).discover();
  const total = source.disks.reduce((sum, disk) => sum + disk.virtualSizeBytes, 0);
  const count = source.disks.length === 1 ? "1 disk" : `${source.disks.length} disks`;
  return {
    found: { source },
    concerns: source.concerns ?? [],
    summary: `${source.kind}, ${count}, ${size(total)}`,
  };
}
