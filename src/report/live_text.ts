/**
 * What the terminal shows at the end of a live fix.
 *
 * @module
 */
import { join } from "@std/path";
import type { Report, VmReport } from "../model/report.ts";
import { duration } from "../ui/duration.ts";
import { block, colored, concernLines, type Page, pageFor, type PageOptions, paragraph } from "./page.ts";
import { changedLines, shortest } from "./summary.ts";

/** The result, what changed, the concerns, and what to do next. */
export function renderLive(report: Report, options: PageOptions, folder?: string): string {
  const page = pageFor(options);
  const elapsedMs = Date.parse(report.finishedAt) - Date.parse(report.startedAt);
  return report.vms.flatMap((vm) => [
    ...verdict(page, vm, elapsedMs),
    ...changedLines(page, vm),
    ...block(page, "Concerns", concernLines(page, vm.concerns)),
    ...folder === undefined
      ? []
      : block(page, "Output", paragraph(page, shortest(join(folder, "report.md")))),
    ...vm.status === "succeeded" ? block(page, "Next", next(page, vm)) : [],
  ]).join("\n") + "\n";
}

function verdict(page: Page, vm: VmReport, elapsedMs: number): string[] {
  if (vm.status !== "succeeded") {
    const word = vm.status === "cancelled" ? "cancelled" : "failed";
    return colored(page, "red", `${page.marks.failed} ${vm.name}: ${word} after ${duration(elapsedMs)}`);
  }
  const what = vm.changes.length === 0 ? "nothing to fix" : "fixed for KVM";
  return colored(page, "green", `${page.marks.done} ${vm.name}: ${what} in ${duration(elapsedMs)}`);
}

function next(page: Page, vm: VmReport): string[] {
  const undo = vm.changes.length === 0
    ? []
    : paragraph(page, `Take it back: hyper2kvm live-fix ${vm.name} --undo`);
  return [
    ...paragraph(page, "Shut the guest down and convert its disks; it boots where it is as well."),
    ...undo,
  ];
}
