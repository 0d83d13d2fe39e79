/**
 * What the terminal shows at the end of a batch: a line for each machine.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import type { Report, VmReport } from "../model/report.ts";
import { duration } from "../ui/duration.ts";
import { size } from "../ui/size.ts";
import { colored, leftColumns, type Page, pageFor, type PageOptions, pair, paragraph } from "./page.ts";
import { shortest } from "./summary.ts";

/** The machines in the order of the input, and how many of them succeeded. */
export function renderResults(report: Report, options: PageOptions): string {
  const page = pageFor(options);
  const width = leftColumns(report.vms.map((vm) => `${page.marks.done} ${vm.name}`));
  const lines = report.vms.flatMap((vm) => row(page, vm, width));
  const good = report.vms.filter((vm) => vm.status === "succeeded").length;
  const all = `${good} of ${report.vms.length} machines converted in ${
    duration(Date.parse(report.finishedAt) - Date.parse(report.startedAt))
  }`;
  const folders = new Set(
    report.vms.flatMap((vm) => vm.outputs.slice(0, 1).map((disk) => dirname(disk.path))),
  );
  return [
    ...colored(page, good === report.vms.length ? "green" : "red", all),
    ...lines,
    ...[...folders].flatMap((folder) =>
      paragraph(page, `${shortest(join(folder, "report.html"))} has the details.`)
    ),
  ].join("\n") + "\n";
}

function row(page: Page, vm: VmReport, width: number): string[] {
  const succeeded = vm.status === "succeeded";
  const mark = succeeded ? page.marks.done : page.marks.failed;
  const bytes = vm.outputs.reduce((sum, disk) => sum + disk.allocatedSizeBytes, 0);
  const elapsedMs = vm.stages.reduce((sum, stage) => sum + stage.elapsedMs, 0);
  const says = succeeded
    ? [vm.guest?.productName ?? "", size(bytes), vm.proof?.verdict ?? "not booted", duration(elapsedMs)]
    : [vm.status, vm.error?.message ?? ""];
  const [first = "", ...rest] = pair(
    page,
    `${mark} ${vm.name}`,
    says.filter((one) => one !== "").join(", "),
    width,
  );
  return [first.replace(mark, page.paint(succeeded ? "green" : "red", mark)), ...rest];
}
