/**
 * Command `doctor`.
 *
 * @module
 */
import { ERROR_EXITS } from "../model/error.ts";
import type { DoctorReport } from "../plan/doctor.ts";
import { leftColumns, type Page, pageFor, pair } from "../report/page.ts";
import { print } from "./output.ts";
import { withSession } from "./session.ts";

/** Prints what this host has; the status is that of a missing tool when a conversion could not run. */
export async function run(args: readonly string[]): Promise<number> {
  if (args[0] === "vsphere") return await (await import("./doctor_vsphere.ts")).run(args.slice(1));
  return await withSession("doctor", args, async ({ job, signal, page }) => {
    const { doctor } = await import("../plan/doctor.ts");
    const report = await doctor(signal);
    print(job.json ? `${JSON.stringify(report, null, 2)}\n` : renderDoctor(report, pageFor(page)));
    return report.ok ? 0 : ERROR_EXITS["tool/missing"];
  });
}

/** The checks for a terminal, a hint below what is missing. */
export function renderDoctor(report: DoctorReport, page: Page): string {
  const width = leftColumns(report.checks.map((check) => check.name)) + 2;
  const lines = report.checks.flatMap(({ name, ok, optional, version, detail, hint }) => {
    const mark = ok ? page.marks.done : optional ? page.marks.skipped : page.marks.failed;
    const color = ok ? "green" : optional ? "dim" : "red";
    const says = [version, detail, ok ? undefined : hint].filter((part) => part !== undefined && part !== "");
    const [first = "", ...rest] = pair(page, `${mark} ${name}`, says.join("; "), width);
    return [first.replace(mark, page.paint(color, mark)), ...rest];
  });
  const verdict = report.ok
    ? page.paint("green", "Ready to convert.")
    : page.paint("red", "Not ready: install what is missing.");
  return [...lines, "", verdict].join("\n") + "\n";
}
