/**
 * The report of a run: the value behind report.json and report.md.
 *
 * @module
 */
import type { Change, LeftAlone } from "./change.ts";
import type { Concern } from "./concern.ts";
import type { OutputDisk } from "./disk.ts";
import type { ErrorCode } from "./error.ts";
import type { Guest } from "./guest.ts";
import type { VmPlan } from "./plan.ts";
import type { BootProof } from "./proof.ts";
import type { DiscoveredSource, Nic } from "./source.ts";
import type { Stage } from "./stage.ts";

/** One stage as it went. */
export interface StageReport {
  /** Which one. */
  readonly stage: Stage;
  /** How it ended. */
  readonly status: "done" | "skipped" | "failed";
  /** ISO 8601 time at which it started. */
  readonly startedAt: string;
  /** Milliseconds that it took. */
  readonly elapsedMs: number;
  /** One phrase. */
  readonly summary: string;
}

/** An error as the report keeps it. */
export interface ReportedError {
  /** For programs. */
  readonly code: ErrorCode;
  /** For people. */
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
  /** Where. */
  readonly stage?: Stage;
}

/** One virtual machine. */
export interface VmReport {
  /** Its name. */
  readonly name: string;
  /** `planned` when nothing was written. */
  readonly status: "succeeded" | "failed" | "cancelled" | "planned";
  /** Why it failed. */
  readonly error?: ReportedError;
  /** What was found. */
  readonly source?: DiscoveredSource;
  /** What is inside. */
  readonly guest?: Guest;
  /** Its network cards on KVM. */
  readonly nics: readonly Nic[];
  /** What was changed in the guest, in order. */
  readonly changes: readonly Change[];
  /** What was looked at and not touched. */
  readonly leftAlone: readonly LeftAlone[];
  /** What a person should know. */
  readonly concerns: readonly Concern[];
  /** What a run would take; in a plan only. */
  readonly plan?: VmPlan;
  /** The stages in order. */
  readonly stages: readonly StageReport[];
  /** The finished disks. */
  readonly outputs: readonly OutputDisk[];
  /** Path of the libvirt definition. */
  readonly definition?: string;
  /** Where the domain was defined. */
  readonly definedOn?: string;
  /** Whether it was shown to boot. */
  readonly proof?: BootProof;
}

/** What a run did. */
export interface Report {
  /** Version of this structure. */
  readonly schemaVersion: 1;
  /** The program and its version. */
  readonly tool: { readonly name: "hyper2kvm"; readonly version: string };
  /** ISO 8601. */
  readonly startedAt: string;
  /** ISO 8601. */
  readonly finishedAt: string;
  /** `succeeded` only if every VM did. */
  readonly status: "succeeded" | "failed" | "cancelled" | "planned";
  /** Versions of what was used: qemu-img, libguestfs, qemu, the accelerator. */
  readonly host: Readonly<Record<string, string>>;
  /** What a person should know of the run as a whole. */
  readonly concerns?: readonly Concern[];
  /** The VMs in input order. */
  readonly vms: readonly VmReport[];
}
