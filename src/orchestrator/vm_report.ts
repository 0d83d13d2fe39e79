/**
 * Reports out of what runs have gathered.
 *
 * @module
 */
import type { VmPlan } from "../model/plan.ts";
import type { Report, VmReport } from "../model/report.ts";
import { batchSpace } from "../plan/batch_space.ts";
import type { HostFacts } from "../plan/host.ts";
import { VERSION } from "../version.ts";
import type { MachineResult, Progress } from "./machine.ts";
import { vmName } from "./migration.ts";

/** The report of a run over its machines. */
export function runReport(results: readonly MachineResult[], startedAt: string): Report {
  const vms = results.map((result) => result.vm);
  const concerns = batchSpace(vms);
  return {
    schemaVersion: 1,
    tool: { name: "hyper2kvm", version: VERSION },
    startedAt,
    finishedAt: new Date().toISOString(),
    status: runStatus(vms),
    host: hostFacts(results.find((result) => result.host !== undefined)?.host),
    ...(concerns.length === 0 ? {} : { concerns }),
    vms,
  };
}

function runStatus(vms: readonly VmReport[]): Report["status"] {
  if (vms.some((vm) => vm.status === "cancelled")) return "cancelled";
  if (vms.some((vm) => vm.status === "failed")) return "failed";
  return vms.every((vm) => vm.status === "planned") ? "planned" : "succeeded";
}

function hostFacts(host: HostFacts | undefined): Report["host"] {
  if (host === undefined) return {};
  return {
    "qemu-img": host.qemuImg ?? "missing",
    "qemu-system-x86_64": host.qemu ?? "missing",
    "libguestfs": host.libguestfs ?? "missing",
    ...(host.nbdcopy === null ? {} : { "nbdcopy": host.nbdcopy }),
    "accelerator": host.accelerator,
  };
}

/** One machine's part of the report. */
export function vmReport(progress: Progress, status: VmReport["status"], plan?: VmPlan): VmReport {
  const { migration, stages, concerns, error } = progress;
  const { source, guest, nics, changes, leftAlone, outputs, definition, definedOn, proof } = migration.found;
  return {
    name: vmName(migration),
    status,
    ...(error === undefined ? {} : {
      error: {
        code: error.code,
        message: error.message,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        ...(error.stage === undefined ? {} : { stage: error.stage }),
      },
    }),
    ...(source === undefined ? {} : { source }),
    ...(guest === undefined ? {} : { guest }),
    nics: nics ?? [],
    changes: changes ?? [],
    leftAlone: leftAlone ?? [],
    concerns,
    ...(plan === undefined ? {} : { plan }),
    stages,
    outputs: outputs ?? [],
    ...(definition === undefined ? {} : { definition }),
    ...(definedOn === undefined ? {} : { definedOn }),
    ...(proof === undefined ? {} : { proof }),
  };
}
