/**
 * What `vsphere` prints: machines as a table, as a tree, in full, and what became of an export.
 *
 * @module
 */
import type { Concern } from "../model/concern.ts";
import { ERROR_EXITS, type ExitStatus } from "../model/error.ts";
import type { VmExport } from "../orchestrator/vsphere_exporter.ts";
import type { VmDetails, VmSnapshot, VmSummary } from "../source/vsphere/machines/vm.ts";
import { clean, concernLines, type Page, pair } from "../report/page.ts";
import { size } from "../ui/size.ts";

/** One machine a line. */
export function renderList(vms: readonly VmSummary[], page: Page): string {
  if (vms.length === 0) return "No VMs.\n";
  const rows = vms.map((vm) =>
    [
      vm.id,
      vm.power,
      String(vm.cpus),
      size(vm.memoryBytes),
      String(vm.diskCount),
      vm.storageBytes === undefined ? "-" : size(vm.storageBytes),
      vm.path,
    ].map(clean)
  );
  const heads = ["ID", "POWER", "CPUS", "MEMORY", "DISKS", "STORAGE", "PATH"];
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, at) => cell.padEnd(widths[at]!)).join("  ").trimEnd();
  return [page.paint("bold", line(heads)), ...rows.map(line)].join("\n") + "\n";
}

/** A folder of the inventory. */
export interface TreeFolder {
  /** Its name; empty at the top. */
  readonly name: string;
  /** Folders in it. */
  readonly folders: readonly TreeFolder[];
  /** Machines in it. */
  readonly vms: readonly VmSummary[];
}

/** The machines in their folders. */
export function treeOf(vms: readonly VmSummary[], name = "", depth = 0): TreeFolder {
  // The last part of a path is the machine, whose name may hold a slash.
  const parts = (vm: VmSummary): string[] =>
    vm.path.slice(1, vm.path.length - vm.name.length).split("/").slice(0, -1);
  const below = Object.groupBy(vms.filter((vm) => parts(vm).length > depth), (vm) => parts(vm)[depth]!);
  return {
    name,
    folders: Object.entries(below).map(([folder, inside = []]) => treeOf(inside, folder, depth + 1)),
    vms: vms.filter((vm) => parts(vm).length === depth),
  };
}

/** The machines in their folders, for a terminal. */
export function renderTree(vms: readonly VmSummary[], page: Page): string {
  const lines = (folder: TreeFolder, indent: string): string[] => [
    ...folder.folders.flatMap((one) => [
      `${indent}${page.paint("bold", `${clean(one.name)}/`)}`,
      ...lines(one, `${indent}  `),
    ]),
    ...folder.vms.map((vm) => `${indent}${clean(vm.name)}  ${page.paint("dim", `${vm.id}, ${vm.power}`)}`),
  ];
  return vms.length === 0 ? "No VMs.\n" : lines(treeOf(vms), "").join("\n") + "\n";
}

const LEFT = 10;

/** A machine in full. */
export function renderDetails(vm: VmDetails & { readonly concerns: readonly Concern[] }, page: Page): string {
  const row = (left: string, right: string): string[] => right === "" ? [] : pair(page, left, right, LEFT);
  const marks = [
    vm.tpm ? "TPM" : "",
    vm.encrypted ? "encrypted" : "",
    vm.template ? "template" : "",
    vm.changeTracking ? "CBT" : "",
  ];
  const lines = [
    page.paint("bold", clean(vm.name)),
    ...row("Path", `${vm.path} (${vm.id})`),
    ...row("State", [vm.power, vm.tools].filter((one) => one !== "").join(", ")),
    ...row("Host", vm.host),
    ...row(
      "Hardware",
      [`${vm.cpus} CPUs`, size(vm.memoryBytes), vm.firmware, vm.hardware, ...marks].filter((one) =>
        one !== ""
      ).join(", "),
    ),
    ...row("Guest", [vm.os, vm.guestId].filter((one) => one !== "").join(", ")),
    ...vm.disks.flatMap((disk) =>
      row(
        clean(disk.label) || `Disk ${disk.key}`,
        `${
          size(disk.sizeBytes)
        }, ${disk.controller} ${disk.bus}:${disk.unit}, ${disk.mode}, ${disk.backing}, ${disk.file}`,
      )
    ),
    ...vm.nics.flatMap((nic) => row("Network", `${nic.mac} ${nic.model} ${nic.network}`.trim())),
    ...snapshotLines(vm.snapshots, 0).flatMap((text) => row("Snapshot", text)),
    ...concernLines(page, vm.concerns),
  ];
  return lines.join("\n") + "\n";
}

function snapshotLines(snapshots: readonly VmSnapshot[], depth: number): string[] {
  return snapshots.flatMap((one) => [
    `${"> ".repeat(depth)}${one.name} (${one.id}, ${one.createdAt})`,
    ...snapshotLines(one.children, depth + 1),
  ]);
}

/** What became of each machine. */
export function renderExports(results: readonly VmExport[], page: Page): string {
  const lines = results.flatMap(({ name, status, source, ovf, error, folder, mode, reason, concerns }) => {
    const mark = error === undefined
      ? page.paint("green", page.marks.done)
      : page.paint("red", page.marks.failed);
    const says = error?.message ??
      `${status === "present" ? "there already, " : ""}${source?.location ?? folder}`;
    const hint = error?.hint === undefined ? [] : [`    ${page.paint("dim", clean(error.hint))}`];
    const how = mode === undefined ? [] : [`    ${page.paint("dim", clean(`by ${mode}: ${reason}`))}`];
    const packed = ovf === undefined ? [] : [`    ${page.paint("dim", clean(`as OVF: ${ovf}`))}`];
    const serious = concerns.filter((one) => one.severity !== "information");
    return [
      `${mark} ${clean(name)}: ${clean(says)}`,
      ...how,
      ...packed,
      ...hint,
      ...concernLines(page, serious),
    ];
  });
  const failed = results.filter((one) => one.error !== undefined).length;
  return [...lines, `${results.length - failed} of ${results.length} exported.`].join("\n") + "\n";
}

/** The same for programs: an error as code, message and hint. */
export function exportJson(results: readonly VmExport[]): unknown {
  return results.map(({ error, ...rest }) =>
    error === undefined
      ? rest
      : { ...rest, error: { code: error.code, message: error.message, hint: error.hint } }
  );
}

/** The error's own status for one machine, 1 when some of several failed. */
export function exportStatus(results: readonly VmExport[]): ExitStatus {
  const errors = results.flatMap(({ error }) => error === undefined ? [] : [error]);
  if (errors.some((one) => one.code === "run/cancelled")) return ERROR_EXITS["run/cancelled"];
  if (errors.length === 0) return 0;
  return results.length === 1 ? errors[0]!.exitStatus : 1;
}
