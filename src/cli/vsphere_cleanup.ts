/**
 * Action `vsphere cleanup`: removes the snapshots that killed runs have left behind.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import { clean, concernLines, type Page } from "../report/page.ts";
import { FolderLock } from "../run/lock.ts";
import type { Cleaned } from "../source/vsphere/cleanup.ts";
import type { VsphereSession } from "../source/vsphere/session.ts";
import type { Session } from "./session.ts";
import { printResult, selected } from "./vsphere_selected.ts";

/** Runs the action; the status is 1 when a snapshot stays. */
export async function cleanup(vsphere: VsphereSession, session: Session): Promise<number> {
  const { job } = session;
  if (job.output === undefined && job.vm.length === 0) {
    throw new MigrateError("usage/missing-argument", "Cannot clean up: neither folder nor VM is named.", {
      hint: "Name the output folder of the run, -o DIR, or the VMs, --vm NAME.",
    });
  }
  const { cleanFolder, cleanVms } = await import("../source/vsphere/cleanup.ts");
  const cleaned: Cleaned[] = [];
  if (job.output !== undefined) {
    await using _lock = await FolderLock.take(job.output);
    cleaned.push(...await cleanFolder(vsphere, job.output));
  }
  if (job.vm.length > 0) cleaned.push(...await cleanVms(vsphere, (await selected(vsphere, session)).vms));
  printResult(session, cleaned, (page) => renderCleaned(cleaned, page));
  return cleaned.some((one) => one.concerns.length > 0) ? 1 : 0;
}

/** What was removed, a machine a line. */
export function renderCleaned(cleaned: readonly Cleaned[], page: Page): string {
  const lines = cleaned.flatMap(({ where, removed, concerns }) => [
    `${clean(where)}: ${removed.length === 0 ? "no snapshot of ours" : `removed ${removed.join(", ")}`}`,
    ...concernLines(page, concerns),
  ]);
  return lines.length === 0 ? "Nothing to clean up.\n" : `${lines.join("\n")}\n`;
}
