/**
 * The components of a migration and the values that they exchange.
 *
 * @module
 */
export { DiskDiscovery, type DiskDiscoveryOptions } from "./disk_discovery.ts";
export { DiskProcessor, type DiskProcessorOptions, type DiskTask } from "./disk_processor.ts";
export { Orchestrator, type OrchestratorOptions } from "./orchestrator.ts";
export type { Job } from "../config/schema.ts";
export type { CopyTarget } from "../disk/copy.ts";
export type { Overlay } from "../disk/overlay.ts";
export type { AppendChange, Change, LeftAlone, TextChange } from "../model/change.ts";
export type { Concern, Severity } from "../model/concern.ts";
export type { DiskController, DiskFormat, OutputDisk, SourceDisk } from "../model/disk.ts";
export {
  ERROR_EXITS,
  type ErrorCode,
  EXIT_STATUSES,
  type ExitStatus,
  MigrateError,
  type MigrateErrorOptions,
} from "../model/error.ts";
export type { EventSink, RunEvent } from "../model/event.ts";
export type {
  BootEntry,
  Guest,
  GuestFilesystem,
  GuestInterface,
  GuestKernel,
  GuestMount,
} from "../model/guest.ts";
export type { BootProof, Milestone, ReachedMilestone } from "../model/proof.ts";
export type { Report, ReportedError, StageReport, VmReport } from "../model/report.ts";
export type { DiscoveredSource, Firmware, Machine, Nic } from "../model/source.ts";
export type { Stage } from "../model/stage.ts";
