/**
 * The components of a migration and the values that they exchange.
 *
 * @module
 */
export { DiskDiscovery, type DiskDiscoveryOptions } from "./disk_discovery.ts";
export { DiskProcessor, type DiskProcessorOptions, type DiskTask } from "./disk_processor.ts";
export { Orchestrator, type OrchestratorOptions } from "./orchestrator.ts";
export {
  type V2VOptions,
  type V2VResult,
  VirtV2VConverter,
  type VirtV2VConverterOptions,
} from "./virt_v2v_converter.ts";
export type { V2VDisk } from "../v2v/source_xml.ts";
export type { V2VMachine, V2VOutputDisk } from "../v2v/output_xml.ts";
export type { V2VFeatures } from "../v2v/features.ts";
export type { Job } from "../config/schema.ts";
export type { Accelerator } from "../run/context.ts";
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
export {
  type BootDifference,
  type BootProof,
  type InsideInterface,
  type InsideMount,
  type InsideView,
  type Milestone,
  MILESTONES,
  type ReachedMilestone,
} from "../model/proof.ts";
export type { Report, ReportedError, StageReport, VmReport } from "../model/report.ts";
export type { DiscoveredSource, Firmware, Machine, Nic } from "../model/source.ts";
export { type Stage, STAGES } from "../model/stage.ts";
