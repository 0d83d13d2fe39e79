/**
 * The components of a migration and the values that they exchange.
 *
 * @module
 */
export { DiskDiscovery, type DiskDiscoveryOptions } from "./disk_discovery.ts";
export {
  type CopiedDisk,
  DiskProcessor,
  type DiskProcessorOptions,
  type DiskTask,
} from "./disk_processor.ts";
export { Orchestrator, type OrchestratorOptions } from "./orchestrator.ts";
export { type VmExport, VsphereExporter, type VsphereExporterOptions } from "./vsphere_exporter.ts";
export { type LoginOptions, type SessionOptions, VsphereSession } from "../source/vsphere/session.ts";
export type { ServiceContent } from "../source/vsphere/login_answer.ts";
export type { ExportMode } from "../source/vsphere/modes/table.ts";
export type { CallResult, Entries, Reference } from "../source/vsphere/soap.ts";
export type { HttpReply, HttpRequest } from "../source/vsphere/http/transport.ts";
export type { Thumbprint, Trust } from "../source/vsphere/http/trust.ts";
export type { XmlAttribute, XmlNode } from "../source/parse/xml.ts";
export type { XmlElement, XmlValue } from "../libvirt/xml_builder.ts";
export {
  type V2VOptions,
  type V2VOutcome,
  type V2VResult,
  type V2VTask,
  VirtV2VConverter,
  type VirtV2VConverterOptions,
} from "./virt_v2v_converter.ts";
export type { V2VDisk } from "../v2v/source_xml.ts";
export type { V2VMachine, V2VOutputDisk } from "../v2v/output_xml.ts";
export type { V2VInput, VddkInput } from "../v2v/input.ts";
export type { LuksKey } from "../guest/luks_keys.ts";
export type { NicAttachment } from "../libvirt/target_machine.ts";
export type { V2VFeatures } from "../v2v/features.ts";
export type { Job } from "../config/schema.ts";
export { type JobOptions, makeJob } from "../config/make_job.ts";
export { Batch, type BatchMachine, type BatchOptions } from "./batch.ts";
export type { Accelerator } from "../run/context.ts";
export type { CopyTarget, Preallocation } from "../disk/copy.ts";
export { type Budget, type Cost, HostBudget, type Lease, type Limits, UNLIMITED } from "../run/budget.ts";
export type { Overlay } from "../disk/overlay.ts";
export type {
  AppendChange,
  BytePatch,
  Change,
  CommandChange,
  CopyChange,
  FileChange,
  LeftAlone,
  LinkChange,
  SizeChange,
  TextChange,
} from "../model/change.ts";
export type { Concern, Severity } from "../model/concern.ts";
export type { DiskController, DiskFormat, OutputDisk, RemoteFile, SourceDisk } from "../model/disk.ts";
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
  type AgentAnswers,
  type BootDifference,
  type BootProof,
  type InsideInterface,
  type InsideMount,
  type InsideView,
  type Milestone,
  MILESTONES,
  type ReachedMilestone,
} from "../model/proof.ts";
export type { PlannedSpace, PlannedTime, VmPlan } from "../model/plan.ts";
export type { Report, ReportedError, StageReport, VmReport } from "../model/report.ts";
export type { Digest, DigestAlgorithm } from "../model/digest.ts";
export type { FoundMachine, InputHead, Source, SourceContext, SourceJob } from "../source/source.ts";
export type { Window } from "../source/input/window.ts";
export type { Answer, Refusal } from "../source/worker/ask.ts";
export { definePlugin, type Plugin, type PluginRows } from "../plugin/plugin.ts";
export type { Converter, ConverterContext, ConverterResult } from "../converter/converter.ts";
export type { Renderer } from "../report/renderer.ts";
export type { Fix, FixContext, FixOptions, FixPlan } from "../fix/fix.ts";
export type { CloudInit, CloudSeed } from "../fix/linux/cloud_seed.ts";
export type { FirstBootScript } from "../fix/linux/first_boot_scripts.ts";
export { FSTAB_MODES, type FstabMode } from "../fix/linux/fstab.ts";
export type { GuestFiles } from "../guest/files.ts";
export type { DiscoveredSource, Firmware, Machine, Nic } from "../model/source.ts";
export { type Stage, STAGES } from "../model/stage.ts";
