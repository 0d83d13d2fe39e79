/**
 * The plan of many machines: a line for each, what is in the way, and what all take together.
 *
 * @module
 */
import type { Concern } from "../model/concern.ts";
import type { Report, VmReport } from "../model/report.ts";
import { totalMs } from "../plan/estimate.ts";
import { duration } from "../ui/duration.ts";
import { size } from "../ui/size.ts";
import {
  block,
  colored,
  concernLines,
  leftColumns,
  type Page,
  pageFor,
  type PageOptions,
  pair,
} from "./page.ts";
import { spaceLines, toolLines } from "./plan_facts.ts";

/** The plan for a terminal. */
export function renderPlanTable(report: Report, options: PageOptions): string {
  const page = pageFor(options);
  const { vms } = report;
  const width = leftColumns(vms.map((vm) => `${page.marks.done} ${vm.name}`));
  return [
    ...vms.flatMap((vm) => row(page, vm, width)),
    ...spaceLines(page, vms),
    ...toolLines(page, report),
    ...block(page, "Concerns", concernLines(page, [...report.concerns ?? [], ...shared(vms)])),
    "",
    ...verdict(page, report),
  ].join("\n") + "\n";
}

/** Whether a machine cannot be converted as things are. */
export function isBlocked(vm: VmReport): boolean {
  return vm.error !== undefined || vm.concerns.some((one) => one.severity === "critical");
}

function row(page: Page, vm: VmReport, width: number): string[] {
  const mark = isBlocked(vm) ? page.marks.failed : page.marks.done;
  const critical = vm.concerns.find((one) => one.severity === "critical");
  const needed = vm.plan?.spaces.find((one) => one.purpose === "output")?.neededBytes;
  const disks = vm.source?.disks ?? [];
  const says = [
    disks.length === 0 ? "" : `${disks.length} ${disks.length === 1 ? "disk" : "disks"}`,
    disks.length === 0 ? "" : size(disks.reduce((sum, disk) => sum + disk.virtualSizeBytes, 0)),
    needed === undefined ? "" : `${size(needed)} needed`,
    vm.plan === undefined ? "" : `about ${duration(totalMs(vm.plan.times))}`,
    vm.error?.message ?? critical?.message ?? "",
  ];
  const [first = "", ...rest] = pair(
    page,
    `${mark} ${vm.name}`,
    says.filter((one) => one !== "").join(", "),
    width,
  );
  return [first.replace(mark, page.paint(isBlocked(vm) ? "red" : "green", mark)), ...rest];
}

/** Concerns that are not in a machine's own line, each once, with how many machines have it. */
function shared(vms: readonly VmReport[]): Concern[] {
  const all = new Map<string, { concern: Concern; count: number }>();
  for (const concern of vms.flatMap((vm) => vm.concerns)) {
    if (concern.severity === "critical") continue;
    const before = all.get(concern.message);
    all.set(concern.message, { concern, count: (before?.count ?? 0) + 1 });
  }
  return [...all.values()].map(({ concern, count }) =>
    count === 1 ? concern : { ...concern, message: `${concern.message} (${count} machines)` }
  );
}

function verdict(page: Page, { vms, concerns = [] }: Report): string[] {
  const blocked = vms.filter(isBlocked).length;
  if (blocked > 0) return colored(page, "red", `Blocked: ${blocked} of ${vms.length} machines.`);
  const critical = concerns.filter((one) => one.severity === "critical").length;
  if (critical > 0) return colored(page, "red", "Blocked: not all machines fit.");
  const ms = vms.reduce((sum, vm) => sum + totalMs(vm.plan?.times ?? []), 0);
  return colored(page, "green", `Ready: ${vms.length} machines, about ${duration(ms)} one after the other.`);
}
