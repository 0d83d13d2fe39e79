/**
 * The report for people, as Markdown.
 *
 * @module
 */
import { ranBy } from "./summary.ts";
import type { Concern } from "../model/concern.ts";
import type { BootProof } from "../model/proof.ts";
import type { Report, VmReport } from "../model/report.ts";
import { duration } from "../ui/duration.ts";
import { size } from "../ui/size.ts";
import { changeText } from "./diff.ts";
import { cell, code, fence } from "./markdown_escape.ts";

/** The text of report.md. */
export function toMarkdown(report: Report): string {
  const elapsedMs = Date.parse(report.finishedAt) - Date.parse(report.startedAt);
  return [
    `# ${report.vms.map((vm) => cell(vm.name)).join(", ") || "hyper2kvm"}: ${report.status}`,
    "",
    ...table(["", ""], [
      ["Started", report.startedAt],
      ["Took", duration(elapsedMs)],
      ["Tool", `${report.tool.name} ${report.tool.version}`],
      ...Object.entries(report.host),
    ]),
    ...report.vms.flatMap((vm) => machine(vm, report.vms.length > 1)),
  ].join("\n").trimEnd() + "\n";
}

function machine(vm: VmReport, named: boolean): string[] {
  return [
    ...named ? [`# ${cell(vm.name)}: ${vm.status}`, ""] : [],
    ...vm.error === undefined ? [] : [
      `**${cell(vm.error.message)}** (${code(vm.error.code)}${
        vm.error.stage === undefined ? "" : `, stage ${vm.error.stage}`
      })`,
      "",
      ...vm.error.hint === undefined ? [] : [cell(vm.error.hint), ""],
    ],
    ...sourceSection(vm),
    ...outputSection(vm),
    ...vm.proof === undefined ? [] : proofSection(vm.proof),
    ...concernSection(vm.concerns),
    ...section("Stages", [
      ...table(
        ["Stage", "Status", "Time", "Result"],
        vm.stages.map((one) => [one.stage, one.status, duration(one.elapsedMs), one.summary]),
      ),
    ], vm.stages.length > 0),
    ...changeSection(vm),
    ...section(
      "Left alone",
      [...table(
        ["Fix", "File", "Why"],
        vm.leftAlone.map((one) => [one.fix, one.path === undefined ? "" : code(one.path), one.reason]),
      )],
      vm.leftAlone.length > 0,
    ),
  ];
}

function sourceSection({ source, guest, nics }: VmReport): string[] {
  const disks = source === undefined ? [] : table(
    ["Disk", "Format", "Size", "On storage"],
    source.disks.map((disk) => [
      code(disk.path),
      [disk.format, disk.detail].filter((part) => part !== undefined).join(", "),
      size(disk.virtualSizeBytes),
      size(disk.allocatedSizeBytes),
    ]),
  );
  const system = guest === undefined ? [] : table(["Guest", guest.productName || guest.osType], [
    ["Root", `${code(guest.root)} (${guest.rootReason})`],
    ["Firmware", guest.firmware],
    ["Kernels", guest.kernels.map((one) => one.release).join(", ") || "none"],
    ["Host name", guest.hostname || "unknown"],
    ["Network cards", nics.map((nic) => `${nic.mac} (${nic.macOrigin})`).join(", ") || "none"],
  ]);
  const lines = [...disks, ...system];
  return section(source === undefined ? "Guest" : "Source", lines, lines.length > 0);
}

function outputSection(vm: VmReport): string[] {
  const rows = vm.outputs.map((disk) => [
    code(disk.path),
    disk.format,
    size(disk.virtualSizeBytes),
    size(disk.allocatedSizeBytes),
  ]);
  const definition = vm.definition === undefined ? [] : [
    `libvirt definition: ${code(vm.definition)}${
      vm.definedOn === undefined ? "" : `, defined on ${code(vm.definedOn)}`
    }`,
    "",
  ];
  return section("Output", [
    ...rows.length === 0 ? [] : table(["Disk", "Format", "Size", "On storage"], rows),
    ...definition,
  ], rows.length > 0 || definition.length > 0);
}

function proofSection(proof: BootProof): string[] {
  const reached = proof.reached.map((one) => [one.name, duration(one.atMs), one.evidence]);
  const missing = proof.missing === undefined ? [] : [[proof.missing, "not reached", ""]];
  const logs = [proof.serialLog, proof.qemuLog].filter((path) => path !== undefined);
  const evidence = [...logs, ...proof.screenshots];
  return section(`Boot proof: ${proof.verdict}`, [
    `${cell(proof.summary)} (${ranBy(proof)}, ${duration(proof.elapsedMs)})`,
    "",
    ...table(["Milestone", "After", "Evidence"], [...reached, ...missing]),
    ...evidence.length === 0 ? [] : [`Evidence: ${evidence.map(code).join(", ")}`, ""],
    ...proof.verdict === "booted" || proof.consoleTail.length === 0
      ? []
      : ["Last lines of the console:", "", ...fence(proof.consoleTail.join("\n"), "text")],
  ]);
}

function concernSection(concerns: readonly Concern[]): string[] {
  return section("Concerns", [
    ...table(
      ["Severity", "What", "Cure"],
      concerns.map((one) => [one.severity, one.message, one.hint ?? ""]),
    ),
  ], concerns.length > 0);
}

function changeSection({ changes, status }: VmReport): string[] {
  const title = status === "planned"
    ? "Changes that convert would make in the guest"
    : "Changes in the guest";
  return section(
    title,
    changes.flatMap((change) => [
      `### ${code(change.path)}`,
      "",
      `${cell(change.why)} (${change.fix})`,
      "",
      ...fence(changeText(change), "diff"),
    ]),
    changes.length > 0,
  );
}

function section(title: string, lines: readonly string[], wanted = true): string[] {
  return wanted ? [`## ${title}`, "", ...lines] : [];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), `|${head.map(() => " --- |").join("")}`, ...rows.map(line), ""];
}
