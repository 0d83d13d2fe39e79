/**
 * Actions `vsphere sync` and `vsphere cutover`: a copy that follows a running VM, and the change to it.
 *
 * @module
 */
import { join } from "@std/path";
import type { WarmResult } from "../orchestrator/vsphere_warm.ts";
import { clean, concernLines, type Page } from "../report/page.ts";
import type { VsphereSession } from "../source/vsphere/session.ts";
import { size } from "../ui/size.ts";
import { exitStatusOfReport } from "./errors.ts";
import { finish } from "./finish.ts";
import type { Session } from "./session.ts";
import { printResult, requireOutput, requireVm, selected } from "./vsphere_selected.ts";

/** Syncs each VM once; the status is that of the one VM, or 1 when some of several failed. */
export async function sync(vsphere: VsphereSession, session: Session): Promise<number> {
  const results = await onEach("sync", vsphere, session);
  session.endProgress();
  printResult(session, results.map(asJson), (page) => renderWarm(results, page));
  return statusOf(results);
}

/** Cuts each VM over, one after the other. */
export async function cutover(vsphere: VsphereSession, session: Session): Promise<number> {
  const results = await onEach("cutover", vsphere, session);
  session.endProgress();
  const [only] = results;
  if (results.length === 1 && only!.report !== undefined) return await finish(session, only!.report);
  printResult(session, results.map(asJson), (page) => renderWarm(results, page));
  return statusOf(results);
}

async function onEach(
  action: "sync" | "cutover",
  vsphere: VsphereSession,
  session: Session,
): Promise<WarmResult[]> {
  requireVm(action, session);
  const outputDir = requireOutput(action, session);
  const { syncVm } = await import("../orchestrator/vsphere_warm.ts");
  const { cutOver } = await import("../orchestrator/vsphere_cutover.ts");
  const { folderNames } = await import("../orchestrator/vsphere_exporter.ts");
  const { inventory, vms } = await selected(vsphere, session);
  const { job, signal, emit } = session;
  const names = folderNames(vms);
  const results: WarmResult[] = [];
  for (const [index, vm] of vms.entries()) {
    const folder = join(outputDir, names[index]!);
    const work = action === "sync" ? syncVm : cutOver;
    results.push(await work(vm, folder, { session: vsphere, inventory, job, outputDir, signal, emit }));
  }
  return results;
}

/** What became of each VM. */
export function renderWarm(results: readonly WarmResult[], page: Page): string {
  const lines = results.flatMap(({ name, folder, round, rounds, error, report, concerns }) => {
    const failed = error !== undefined || (report !== undefined && report.status !== "succeeded");
    const mark = failed ? page.paint("red", page.marks.failed) : page.paint("green", page.marks.done);
    const moved = round === undefined
      ? ""
      : `: round ${rounds ?? ""} moved ${size(round.movedBytes)}, ${size(round.writtenBytes)} of them new`;
    const says = error?.message ?? `${name}${moved}`;
    const next = failed || rounds === undefined
      ? error?.hint
      : `The copy is in ${folder}. Sync again, or hyper2kvm vsphere cutover.`;
    return [
      `${mark} ${clean(says)}`,
      ...(next === undefined ? [] : [`    ${page.paint("dim", clean(next))}`]),
      ...concernLines(page, concerns.filter((one) => one.severity !== "information")),
    ];
  });
  return `${lines.join("\n")}\n`;
}

function asJson({ error, ...rest }: WarmResult): unknown {
  if (error === undefined) return rest;
  return { ...rest, error: { code: error.code, message: error.message, hint: error.hint } };
}

function statusOf(results: readonly WarmResult[]): number {
  const statuses = results.map(({ error, report }) =>
    error?.exitStatus ?? (report === undefined ? 0 : exitStatusOfReport(report))
  );
  if (statuses.includes(130)) return 130;
  return results.length === 1 ? statuses[0]! : statuses.some((one) => one !== 0) ? 1 : 0;
}
