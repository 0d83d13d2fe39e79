/**
 * The end of `convert` and `plan`: the report on standard output, the error on standard error, the status.
 *
 * @module
 */
import type { Report, VmReport } from "../model/report.ts";
import { exitStatusOfReport } from "./errors.ts";
import { print, printError } from "./output.ts";
import type { Session } from "./session.ts";

/** Errors that are printed with their hints; a batch of many has a line for each machine anyhow. */
const MAX_ERRORS = 10;

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
  const errors = safe.vms.flatMap(({ error }) => error === undefined ? [] : [error]);
  for (const { message, hint } of errors.slice(0, MAX_ERRORS)) {
    printError(`hyper2kvm: ${message}\n${hint === undefined ? "" : `hint: ${hint}\n`}`);
  }
  if (errors.length > MAX_ERRORS) printError(`hyper2kvm: and ${errors.length - MAX_ERRORS} more\n`);
  return exitStatusOfReport(safe);
}

/** A machine of which nothing is known but why it failed: its error says it all. */
function isErrorOnly(vm: VmReport): boolean {
  return vm.error !== undefined && vm.guest === undefined && vm.concerns.length === 0;
}

async function textOf(report: Report, page: Session["page"]): Promise<string> {
  const isPlan = report.vms.some((vm) => vm.status === "planned");
  if (report.vms.length > 1 && !isPlan) {
    return (await import("../report/results.ts")).renderResults(report, page);
  }
  if (!isPlan) return (await import("../report/summary.ts")).renderSummary(report, page);
  // Guests were not looked into: there is nothing to say of each but a line.
  const isFromOutside = report.vms.length > 1 && report.vms.every((vm) => vm.guest === undefined);
  if (isFromOutside) return (await import("../report/plan_table.ts")).renderPlanTable(report, page);
  return (await import("../report/plan_text.ts")).renderPlan(report, page);
}
