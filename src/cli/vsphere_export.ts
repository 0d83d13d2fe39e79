/**
 * Action `vsphere export`: machines into a folder each.
 *
 * @module
 */
import type { VsphereSession } from "../source/vsphere/session.ts";
import type { Session } from "./session.ts";
import { printResult, requireOutput, requireVm } from "./vsphere_selected.ts";

/** Runs the action; the status is that of the one machine, or 1 when some of several failed. */
export async function exportVms(vsphere: VsphereSession, session: Session): Promise<number> {
  requireVm("export", session);
  const outputDir = requireOutput("export", session);
  const { job, signal, emit, redactor } = session;
  const { VsphereExporter } = await import("../orchestrator/vsphere_exporter.ts");
  const exporter = new VsphereExporter({
    session: vsphere,
    vms: job.vm,
    outputDir,
    mode: job.mode,
    job,
    vmsPerHost: job.vms_per_host,
    force: job.force,
    signal,
    emit,
  });
  const results = await exporter.exportMany();
  session.endProgress();
  const { exportJson, exportStatus, renderExports } = await import("./vsphere_page.ts");
  printResult(session, redactor.value(exportJson(results)), (page) => renderExports(results, page));
  return exportStatus(results);
}
