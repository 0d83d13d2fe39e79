/**
 * One virtual machine on its way through the pipeline: what the steps before have found, and what a step may
 * use.
 *
 * @module
 */
import type { Job } from "../config/schema.ts";
import type { Overlay } from "../disk/overlay.ts";
import type { FilesystemCheck } from "../guest/check_filesystems.ts";
import type { GuestFiles } from "../guest/files.ts";
import type { GrownDevice } from "../guest/grow/grow_partition.ts";
import type { GuestSession } from "../guest/session.ts";
import type { Change, LeftAlone } from "../model/change.ts";
import type { Concern } from "../model/concern.ts";
import type { OutputDisk } from "../model/disk.ts";
import type { EventSink } from "../model/event.ts";
import type { Guest } from "../model/guest.ts";
import type { PlannedSpace } from "../model/plan.ts";
import type { BootProof } from "../model/proof.ts";
import type { Stage } from "../model/stage.ts";
import type { DiscoveredSource, Nic } from "../model/source.ts";
import type { HostFacts } from "../plan/host.ts";
import type { PluginRows } from "../plugin/plugin.ts";
import type { Budget, Cost, Lease } from "../run/budget.ts";
import type { SourceCheck } from "../source/digest/source_check.ts";
import type { ExpectedView } from "../verify/inside_report.ts";
import type { CopiedDisk } from "./disk_processor.ts";
import type { V2VMachine } from "../v2v/output_xml.ts";
import type { Mode } from "./steps.ts";

/** What is known so far; each step adds to it. */
export interface Findings {
  /** From `discover`. */
  readonly source?: DiscoveredSource;
  /** From `discover`: the comparison with the manifest, under way. */
  readonly sourceCheck?: SourceCheck;
  /** From `preflight`. */
  readonly host?: HostFacts;
  /** From `preflight`. */
  readonly spaces?: readonly PlannedSpace[];
  /** From `open`. */
  readonly overlays?: readonly Overlay[];
  /** From `open`: control socket of the appliance's qemu. */
  readonly qmpSocket?: string;
  /** From `open`, until `fix` has closed it. */
  readonly session?: GuestSession;
  /** From `open` with --resize: the device that is larger than what it holds. */
  readonly grown?: GrownDevice;
  /** From `inspect` with --check-filesystems. */
  readonly checks?: readonly FilesystemCheck[];
  /** From `inspect`. */
  readonly guest?: Guest;
  /** From `inspect`: the guest's files as they were, each read once. */
  readonly files?: GuestFiles;
  /** From `inspect`: the network cards on KVM. */
  readonly nics?: readonly Nic[];
  /** From `fix`. */
  readonly changes?: readonly Change[];
  /** From `fix`. */
  readonly leftAlone?: readonly LeftAlone[];
  /** From `fix`: throw-away overlays with the inside view, and what it must show. */
  readonly probe?: { readonly overlays: readonly string[]; readonly expected: ExpectedView };
  /** From `copy`: what is known of the disks under their `.partial` names. */
  readonly copied?: readonly CopiedDisk[];
  /** From `verify`. */
  readonly outputs?: readonly OutputDisk[];
  /** From virt-v2v, where it converted: the hardware that the guest has drivers for. */
  readonly v2vMachine?: V2VMachine;
  /** From `prove`. */
  readonly proof?: BootProof;
  /** From `define`: the path of the libvirt definition. */
  readonly definition?: string;
  /** From `fix` with --cloud-init-seed iso: the path of the image. */
  readonly seedIso?: string;
  /** From `define`: the libvirt that it was defined in. */
  readonly definedOn?: string;
}

/** What a step gets. */
export interface Migration {
  /** What is asked for. */
  readonly job: Job;
  /** Whether anything is written. */
  readonly mode: Mode;
  /** Absolute path of the output folder. */
  readonly outputDir: string;
  /** What the plugins of the job add. */
  readonly plugins: PluginRows;
  /** Makes the folder for temporary files when it is first needed, and returns its path. */
  readonly workDir: () => Promise<string>;
  /** Grants processors, memory, guests and bandwidth. */
  readonly budget: Budget;
  /** Looks at the host; once for all machines of a run. */
  readonly readHost: () => Promise<HostFacts>;
  /** Paths that an earlier run of the same job began or finished. */
  readonly own?: readonly string[];
  /** What the steps before have found. */
  readonly found: Findings;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Receives events. */
  readonly emit: EventSink;
  /** Closed at the end of the run, in reverse order, whatever happens. */
  readonly resources: AsyncDisposableStack;
}

/** What a step adds. */
export interface StepResult {
  /** New knowledge. */
  readonly found: Findings;
  /** What a person should know. */
  readonly concerns?: readonly Concern[];
  /** One phrase for the report, such as "4 files changed". */
  readonly summary: string;
}

/**
 * A member of the findings that an earlier step has made.
 *
 * @throws {Error} when the pipeline's order is wrong
 */
export function need<K extends keyof Findings>(migration: Migration, key: K): NonNullable<Findings[K]> {
  const value = migration.found[key];
  if (value === undefined || value === null) throw new Error(`the step before has not made "${key}"`);
  return value as NonNullable<Findings[K]>;
}

/** Name of the VM, as far as it is known: events carry it. */
export function vmName(migration: Migration): string {
  return migration.found.source?.name ?? migration.job.name ?? "";
}

/** Waits until the host can do a piece of work, and says so when that takes a while. */
export async function leaseFor(migration: Migration, stage: Stage, cost: Cost): Promise<Lease> {
  const { budget, signal, emit } = migration;
  const timer = setTimeout(() => {
    emit({
      type: "activity",
      vm: vmName(migration),
      stage,
      message: "waiting until the host is free for it",
    });
  }, WAIT_WORTH_TELLING_MS);
  try {
    return await budget.take(cost, signal);
  } finally {
    clearTimeout(timer);
  }
}

const WAIT_WORTH_TELLING_MS = 1_000;
