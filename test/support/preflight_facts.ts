/**
 * What a preflight rule looks at, for a job that has nothing against it.
 *
 * @module
 */
import { jobSchema } from "../../src/config/schema.ts";
import type { DiscoveredSource } from "../../src/model/source.ts";
import { outputPaths } from "../../src/orchestrator/outputs.ts";
import { plannedSpaces } from "../../src/plan/spaces.ts";
import type { HostFacts } from "../../src/plan/host.ts";
import type { PreflightFacts } from "../../src/plan/rule.ts";
import { makeRawDisk } from "./images.ts";
import type { TempFolder } from "./temp.ts";

/** A host that has everything. */
export const HOST: HostFacts = {
  qemuImg: "7.2.0",
  nbdcopy: "1.14.2",
  qemu: "7.2.0",
  libguestfs: "1.48.6",
  accelerator: "kvm",
  acceleratorReason: "",
};

/** A small disk and an empty folder; `options` go into the job. */
export async function preflightFacts(
  folder: TempFolder,
  changes: Partial<PreflightFacts> = {},
  options: Readonly<Record<string, unknown>> = {},
): Promise<PreflightFacts> {
  const path = folder.file("disk.raw");
  await makeRawDisk(path);
  const disk = { path, image: path, format: "raw" as const, files: [path] };
  const source: DiscoveredSource = {
    kind: "raw",
    location: path,
    name: "disk",
    disks: [{ ...disk, virtualSizeBytes: 8 << 20, allocatedSizeBytes: 0 }],
    machine: { nics: [] },
  };
  const outputDir = folder.file("out");
  const job = jobSchema.parse({ source: [path], output: outputDir, ...options });
  const spaces = await plannedSpaces({ disks: source.disks, job, outputDir, isExact: true });
  const outputs = outputPaths(outputDir, source, job);
  return { job, source, host: HOST, outputDir, outputs, spaces, ...changes };
}
