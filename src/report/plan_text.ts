/**
 * What `plan` prints: the machine, every change as a diff, what is left alone, the concerns, the verdict.
 *
 * @module
 */
import type { Change } from "../model/change.ts";
import type { Report, VmReport } from "../model/report.ts";
import { size } from "../ui/size.ts";
import { changeText } from "./diff.ts";
import {
  block,
  clean,
  colored,
  concernLines,
  leftColumns,
  type Page,
  pageFor,
  type PageOptions,
  pair,
  paragraph,
} from "./page.ts";
import { spaceLines, timeLines, toolLines } from "./plan_facts.ts";

/** The plan for a terminal. */
export function renderPlan(report: Report, options: PageOptions): string {
  const page = pageFor(options);
  return report.vms.flatMap((vm) => machine(page, vm, report)).join("\n") + "\n";
}

function machine(page: Page, vm: VmReport, report: Report): string[] {
  return [
    page.paint("bold", vm.name),
    ...about(page, vm),
    ...block(page, "Steps", vm.stages.flatMap((one) => pair(page, one.stage, one.summary, 9))),
    ...vm.changes.flatMap((change) => diff(page, change)),
    ...leftAlone(page, vm),
    ...spaceLines(page, [vm]),
    ...toolLines(page, report),
    ...(vm.plan === undefined ? [] : timeLines(page, vm.plan)),
    ...block(page, "Concerns", concernLines(page, vm.concerns)),
    "",
    ...verdict(page, vm),
  ];
}

function about(page: Page, { source, guest, nics }: VmReport): string[] {
  const rows: [string, string][] = (source?.disks ?? []).map((disk) => [
    "Disk",
    `${disk.path} (${disk.format}${disk.detail === undefined ? "" : `, ${disk.detail}`}, ` +
    `${size(disk.virtualSizeBytes)}, ${size(disk.allocatedSizeBytes)} on storage)`,
  ]);
  if (guest !== undefined) {
    rows.push([
      "Guest",
      `${guest.productName || guest.osType} (${guest.arch}, ${guest.firmware.toUpperCase()})`,
    ]);
    rows.push(["Root", `${guest.root}: ${guest.rootReason}`]);
  }
  rows.push(...nics.map((nic): [string, string] => ["Network", `${nic.mac} ${nic.guestName ?? ""}`.trim()]));
  return rows.flatMap(([name, text]) => pair(page, name, text, leftColumns(rows.map(([one]) => one))));
}

function diff(page: Page, change: Change): string[] {
  const lines = changeText(change).replace(/\n$/, "").split("\n").map((line) => paintLine(page, clean(line)));
  // Lines of a diff are not wrapped: they are the file's own.
  return ["", ...paragraph(page, `${change.why} (${change.fix})`, 0), ...lines];
}

function paintLine({ paint }: Page, line: string): string {
  if (line.startsWith("+++") || line.startsWith("---")) return paint("bold", line);
  if (line.startsWith("+")) return paint("green", line);
  if (line.startsWith("-")) return paint("red", line);
  return line.startsWith("@@") ? paint("cyan", line) : line;
}

function leftAlone(page: Page, vm: VmReport): string[] {
  const name = (one: VmReport["leftAlone"][number]): string => one.path ?? one.fix;
  const width = leftColumns(vm.leftAlone.map(name));
  return block(page, "Left alone", vm.leftAlone.flatMap((one) => pair(page, name(one), one.reason, width)));
}

function verdict(page: Page, vm: VmReport): string[] {
  const blocking = vm.concerns.filter((one) => one.severity === "critical").length;
  if (vm.error !== undefined) return [];
  if (blocking > 0) {
    return colored(page, "red", `Blocked: ${blocking} critical ${blocking === 1 ? "concern" : "concerns"}.`);
  }
  const changed = new Set(vm.changes.map((change) => change.path)).size;
  const files = `${changed} ${changed === 1 ? "file" : "files"} of the guest would change`;
  return colored(page, "green", `Ready: ${changed === 0 ? "no file of the guest would change" : files}.`);
}
