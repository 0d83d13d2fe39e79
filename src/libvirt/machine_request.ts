/**
 * What the options say of the machine on KVM.
 *
 * @module
 */
import { resolve } from "@std/path";
import type { Job } from "../config/schema.ts";
import type { Machine } from "../model/source.ts";
import { attachments } from "./attachments.ts";
import type { TargetRequest } from "./target.ts";

/** The options that say what the machine is. */
export type MachineJob = Pick<
  Job,
  | "network"
  | "bridge"
  | "graphics"
  | "headless"
  | "cpu_model"
  | "disk_bus"
  | "win_stage"
  | "driver_iso"
  | "keep_uuid"
>;

/** The parts of a request that come from the options. */
export function machineRequest(job: MachineJob): Partial<TargetRequest> {
  return {
    ...attachments(job.network, job.bridge),
    graphics: job.graphics === "vnc" && !job.headless,
    keepUuid: job.keep_uuid,
    windowsStage: job.win_stage,
    ...(job.cpu_model === undefined ? {} : { cpuModel: job.cpu_model }),
    ...(job.disk_bus === undefined ? {} : { diskBus: job.disk_bus }),
    ...(job.driver_iso === undefined ? {} : { cdrom: resolve(job.driver_iso) }),
  };
}

/** A source's hardware with what the options say instead. */
export function withChoices(
  machine: Machine,
  { vcpus, memory, uefi, bios }: Pick<Job, "vcpus" | "memory" | "uefi" | "bios">,
): Machine {
  const { coresPerSocket: _cores, ...rest } = machine;
  return {
    ...(vcpus === undefined ? machine : { ...rest, cpus: vcpus }),
    ...(memory === undefined ? {} : { memoryBytes: memory * 1024 ** 2 }),
    ...(bios ? { firmware: "bios" } : uefi ? { firmware: "uefi" } : {}),
  };
}
