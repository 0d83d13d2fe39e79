/**
 * Command `inspect`.
 *
 * @module
 */
import type { SourceDisk } from "../model/disk.ts";
import type { DiscoveredSource } from "../model/source.ts";
import { type Page, pageFor, pair } from "../report/page.ts";
import { onceWorkDir } from "../orchestrator/work_dir.ts";
import { size } from "../ui/size.ts";
import { requireSource } from "./convert.ts";
import { print } from "./output.ts";
import { withSession } from "./session.ts";

/** Prints what discovery finds. */
export async function run(args: readonly string[]): Promise<number> {
  return await withSession("inspect", args, async ({ job, signal, page, redactor }) => {
    requireSource("inspect", job);
    const { DiskDiscovery } = await import("../orchestrator/disk_discovery.ts");
    await using resources = new AsyncDisposableStack();
    const workDir = onceWorkDir({ mode: "plan", job, outputDir: job.output ?? ".", resources });
    const source = redactor.value(await new DiskDiscovery({ job, signal, workDir, resources }).discover());
    print(job.json ? `${JSON.stringify(source, null, 2)}\n` : renderSource(source, pageFor(page)));
    return 0;
  });
}

/** A source for a terminal. */
export function renderSource(source: DiscoveredSource, page: Page): string {
  const { machine } = source;
  const known = [
    machine.cpus === undefined ? "" : `${machine.cpus} CPUs`,
    machine.memoryBytes === undefined ? "" : size(machine.memoryBytes),
    machine.firmware ?? "",
    machine.tpm === true ? "TPM" : "",
    machine.osHint ?? "",
  ].filter((part) => part !== "");
  const lines = [
    page.paint("bold", source.name),
    ...pair(page, "Kind", source.kind, 8),
    ...known.length === 0 ? [] : pair(page, "Machine", known.join(", "), 8),
    ...machine.nics.flatMap((nic) =>
      pair(page, "Network", [nic.mac, nic.network, nic.model].join(" ").trim(), 8)
    ),
    ...source.disks.flatMap((disk, index) => [
      "",
      page.paint("bold", `Disk ${index + 1}`),
      ...pair(page, "Path", disk.path, 8),
      ...pair(page, "Format", disk.detail === undefined ? disk.format : `${disk.format} (${disk.detail})`, 8),
      ...disk.controller === undefined ? [] : pair(page, "Place", placeOf(disk), 8),
      ...pair(page, "Size", `${size(disk.virtualSizeBytes)}, ${size(disk.allocatedSizeBytes)} on storage`, 8),
      ...disk.files.length < 2 ? [] : pair(page, "Files", disk.files.join(" "), 8),
    ]),
  ];
  const concerns = (source.concerns ?? []).flatMap(({ severity, message }) =>
    pair(page, severity, message, 12)
  );
  if (concerns.length > 0) lines.push("", ...concerns);
  return lines.join("\n") + "\n";
}

/** Controller and unit as VMware writes them: `scsi0:1`. */
function placeOf({ controller, controllerNumber = 0, slot }: SourceDisk): string {
  return slot === undefined ? `${controller}${controllerNumber}` : `${controller}${controllerNumber}:${slot}`;
}
