/**
 * Step `discover`: what the user named becomes a machine with its disks.
 *
 * @module
 */
import { DiskDiscovery } from "../disk_discovery.ts";
import { verifyDigests } from "../../source/digest/verify.ts";
import { withChoices } from "../../libvirt/machine_request.ts";
import type { Migration, StepResult } from "../migration.ts";
import { size } from "../../ui/size.ts";

/** Finds the disks. */
export async function discover(migration: Migration): Promise<StepResult> {
  const { digests = [], ...found } = await new DiskDiscovery(migration).discover();
  // Before a damaged disk makes a later step fail in a way that nobody understands.
  if (migration.mode === "convert") await verifyDigests(digests, migration.signal);
  const source = { ...found, machine: withChoices(found.machine, migration.job) };
  const total = source.disks.reduce((sum, disk) => sum + disk.virtualSizeBytes, 0);
  const count = source.disks.length === 1 ? "1 disk" : `${source.disks.length} disks`;
  return {
    found: { source },
    concerns: source.concerns ?? [],
    summary: `${source.kind}, ${count}, ${size(total)}`,
  };
}
