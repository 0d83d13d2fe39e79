/**
 * What the terminal shows at the end of a conversion.
 *
 * @module
 */
import { dirname, join, relative } from "@std/path";
import type { BootProof } from "../model/proof.ts";
import type { Report, VmReport } from "../model/report.ts";
import { shellWord } from "../run/shell_word.ts";
import { duration } from "../ui/duration.ts";
import { size } from "../ui/size.ts";
import { changeSummary } from "./diff.ts";
import {
  block,
  colored,
  concernLines,
  leftColumns,
  type Page,
  pageFor,
  type PageOptions,
  pair,
  paragraph,
} from "./page.ts";

/** The result, the outputs, what changed, the concerns, the boot proof and what to do next. */
export function renderSummary(report: Report, options: PageOptions): string {
  const page = pageFor(options);
  const elapsedMs = Date.parse(report.finishedAt) - Date.parse(report.startedAt);
  return report.vms.flatMap((vm) => machine(page, vm, elapsedMs)).join("\n") + "\n";
}

function machine(page: Page, vm: VmReport, elapsedMs: number): string[] {
  return [
    ...verdict(page, vm, elapsedMs),
    ...vm.status === "succeeded" || vm.proof !== undefined ? outputs(page, vm) : [],
    ...changedLines(page, vm),
    ...block(page, "Concerns", concernLines(page, vm.concerns)),
    ...vm.proof === undefined ? [] : proofLines(page, vm.proof),
    ...vm.status === "succeeded" ? next(page, vm) : [],
  ];
}

function verdict(page: Page, vm: VmReport, elapsedMs: number): string[] {
  if (vm.status !== "succeeded") {
    const word = vm.status === "cancelled" ? "cancelled" : "failed";
    return colored(page, "red", `${page.marks.failed} ${vm.name}: ${word} after ${duration(elapsedMs)}`);
  }
  const shown = vm.proof?.verdict === "booted" ? "converted, and shown to boot" : "converted, not booted";
  return colored(page, "green", `${page.marks.done} ${vm.name}: ${shown} in ${duration(elapsedMs)}`);
}

function outputs(page: Page, vm: VmReport): string[] {
  const rows = vm.outputs.map((disk): [string, string] => [
    shortest(disk.path),
    `${size(disk.allocatedSizeBytes)} on storage, ${size(disk.virtualSizeBytes)} for the guest`,
  ]);
  if (vm.definition !== undefined) {
    const where = vm.definedOn === undefined ? "libvirt definition" : `defined on ${vm.definedOn}`;
    rows.push([shortest(vm.definition), where]);
  }
  const first = vm.outputs[0];
  if (first !== undefined) {
    rows.push([shortest(join(dirname(first.path), "report.md")), "everything in detail"]);
  }
  const width = leftColumns(rows.map(([path]) => path));
  return block(page, "Output", rows.flatMap(([path, text]) => pair(page, path, text, width)));
}

/** What was changed in the guest, a line for each change, and how much was left alone. */
export function changedLines(page: Page, vm: VmReport): string[] {
  const guest = vm.guest?.productName ?? "";
  const title = guest === "" ? "Changed in the guest" : `Changed in the guest (${guest})`;
  const width = leftColumns(vm.changes.map((change) => change.path));
  const lines = vm.changes.flatMap((one) => pair(page, one.path, `${changeSummary(one)}: ${one.why}`, width));
  const alone = vm.leftAlone.length === 0 ? [] : paragraph(
    page,
    `${vm.leftAlone.length} ${
      vm.leftAlone.length === 1 ? "thing" : "things"
    } left alone; the report says why.`,
  );
  return block(page, title, [...lines, ...alone]);
}

/** What ran the guest: `KVM` or `emulation`, and libvirt where it did. */
export function ranBy({ accelerator, runner = "qemu" }: Pick<BootProof, "accelerator" | "runner">): string {
  const how = accelerator === "kvm" ? "KVM" : "emulation";
  return runner === "qemu" ? how : `${how} by libvirt`;
}

/** The verdict of a boot proof, its milestones, and the console log when it failed. */
export function proofLines(page: Page, found: BootProof): string[] {
  const color = found.verdict === "booted" ? "green" : "red";
  const how = ranBy(found);
  const [first = "", ...rest] = paragraph(
    page,
    `${found.verdict}: ${found.summary.replace(/\.$/, "")} (${how}, ${duration(found.elapsedMs)})`,
  );
  const steps = found.reached.map((one) => `${one.name} ${duration(one.atMs)}`);
  if (found.missing !== undefined) steps.push(`${found.missing} not reached`);
  return block(page, "Boot proof", [
    first.replace(found.verdict, page.paint(color, found.verdict)),
    ...rest,
    ...paragraph(page, steps.join(", ")),
    ...found.verdict === "booted" || found.serialLog === undefined
      ? []
      : paragraph(page, `Console: ${shortest(found.serialLog)}`),
  ]);
}

function next(page: Page, vm: VmReport): string[] {
  if (vm.definition === undefined) return [];
  const connect = `virsh --connect ${vm.definedOn ?? "qemu:///system"}`;
  // Not wrapped: the commands are to be copied.
  return block(page, "Next", [
    ...vm.definedOn === undefined ? [`  ${connect} define ${shellWord(shortest(vm.definition))}`] : [],
    `  ${connect} start ${shellWord(vm.name)}`,
  ]);
}

/** The path as it is shorter: from the current folder, when that does not lead upwards. */
export function shortest(path: string): string {
  const short = relative(Deno.cwd(), path);
  return short === "" || short.startsWith("..") ? path : short;
}
