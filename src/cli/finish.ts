/**
 * The end of `convert` and `plan`: the report on standard output, the error on standard error, the status.
 *
 * @module
 */
import type { Report, VmReport } from "../model/report.ts";
import { exitStatusOfReport } from "./errors.ts";
import { print, printError } from "./output.ts";
import type { Session } from "./session.ts";

/** Prints a report as the options ask, and returns the exit status. */
export async function finish(session: Session, report: Report): Promise<number> {
  session.endProgress();
  const { job, redactor, page } = session;
  const safe = redactor.value(report);
  if (job.json) {
    const { toJson } = await import("../report/json.ts");
    print(toJson(safe));
  } else if (!job.quiet && !safe.vms.every(isErrorOnly)) {
    if (Deno.stdout.isTerminal() && Deno.stderr.isTerminal()) printError("\n");
    print(await textOf(safe, page));
  }
  for (const { error } of safe.vms) {
    if (error === undefined) continue;
    printError(`hyper2kvm: ${error.message}\n${error.hint === undefined ? "" : `hint: ${error.hint}\n`}`);
  }
  return exitStatusOfReport(safe);
}

/** A machine of which nothing is known but why it failed: its error says it all. */
function isErrorOnly(vm: VmReport): boolean {
  return vm.error !== undefined && vm.guest === undefined && vm.concerns.length === 0;
}

async function textOf(report: Report, page: Session["page"]): Promise<string> {
  if (report.vms.length > 1 && report.status !== "planned") {
    return (await import("../report/results.ts")).renderResults(report, page);
  }
  if (report.status !== "planned") return (await import("../report/summary.ts")).renderSummary(report, page);
  return (await import("../report/plan_text.ts")).renderPlan(report, page);
}
