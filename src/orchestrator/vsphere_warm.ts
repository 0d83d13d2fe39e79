/**
 * Warm migration: a copy that follows a machine while it runs. Its state lies beside the copy, so that a round can be
 * killed and run again. The change to the copy is in `vsphere_cutover.ts`.
 *
 * @module
 */
import type { Job } from "../config/schema.ts";
import type { Concern } from "../model/concern.ts";
import { MigrateError } from "../model/error.ts";
import type { EventSink } from "../model/event.ts";
import type { Report } from "../model/report.ts";
import { FolderLock } from "../run/lock.ts";
import { type Inventory, readDetails } from "../source/vsphere/inventory.ts";
import type { VsphereSession } from "../source/vsphere/session.ts";
import { removeNoted } from "../source/vsphere/snapshot.ts";
import type { VmDetails, VmSummary } from "../source/vsphere/machines/vm.ts";
import { readState, type SyncRound, type SyncState } from "../source/vsphere/warm/state.ts";
import { syncRound, warmConcerns } from "../source/vsphere/warm/sync.ts";
import { size } from "../ui/size.ts";
import { heed, type VmStage, vmStage } from "./vsphere_stage.ts";

/** What a warm migration needs. */
export interface WarmOptions {
  /** The session that everything is read over; the caller ends it. */
  readonly session: VsphereSession;
  /** What the server has. */
  readonly inventory: Inventory;
  /** The options; those of `convert` count for the cutover. */
  readonly job: Job;
  /** Folder that gets a folder for each copy, and the result of the cutover. */
  readonly outputDir: string;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Receives events. */
  readonly emit: EventSink;
}

/** What became of one machine. */
export interface WarmResult {
  /** Name of the machine. */
  readonly name: string;
  /** The folder of the copy. */
  readonly folder: string;
  /** What a person should know. */
  readonly concerns: readonly Concern[];
  /** The last round. */
  readonly round?: SyncRound;
  /** Rounds in all. */
  readonly rounds?: number;
  /** What the conversion says, after a cutover. */
  readonly report?: Report;
  /** Why it failed. */
  readonly error?: MigrateError;
}

/** Brings the copy of a machine up to its present state. A failure is in the result. */
export async function syncVm(vm: VmSummary, folder: string, options: WarmOptions): Promise<WarmResult> {
  const { signal, emit } = options;
  const told = { vm: vm.name, title: "Sync from vSphere", signal, emit };
  const { concerns, value, error } = await vmStage(told, async (stage) => {
    await using _lock = await lockedFolder(folder);
    const details = await detailsOf(vm, folder, options, stage);
    heed(`sync ${vm.name}`, warmConcerns(details), stage);
    const { round, state } = await roundOf(details, folder, options, stage, options.job.restart);
    return { value: { round, rounds: state.rounds.length }, summary: roundSummary(round) };
  });
  return { name: vm.name, folder, concerns, ...value, ...(error === undefined ? {} : { error }) };
}

/**
 * Moves what has changed.
 *
 * @throws {MigrateError} `run/busy` when disks stand on the copy, and what {@linkcode syncRound} throws
 */
export async function roundOf(
  vm: VmDetails,
  folder: string,
  { session, job, signal }: WarmOptions,
  stage: VmStage,
  restart: boolean,
): Promise<{ round: SyncRound; state: SyncState }> {
  if ((await readState(folder))?.converting?.linked === true) throw inUse(vm, folder);
  return await syncRound(session, vm, folder, {
    streams: job.streams,
    quiesce: job.quiesce && vm.power === "on",
    restart,
    signal,
    ...stage,
  });
}

function inUse({ name }: VmDetails, folder: string): MigrateError {
  return new MigrateError(
    "run/busy",
    `Cannot sync ${name}: disks of a cutover stand on the copy in ${folder}.`,
    {
      hint: "Run vsphere cutover again, or sync into another folder (-o).",
    },
  );
}

/** The machine without the snapshot that a run which was killed may have left: its disks would be deltas. */
export async function detailsOf(
  vm: VmSummary,
  folder: string,
  { session, inventory }: WarmOptions,
  { onConcern }: VmStage,
): Promise<VmDetails> {
  await removeNoted(session, folder, onConcern);
  return (await readDetails(session, inventory, [vm]))[0]!;
}

/** The folder of a copy, made where it is not there, for this run alone. */
export async function lockedFolder(folder: string): Promise<FolderLock> {
  await Deno.mkdir(folder, { recursive: true });
  return await FolderLock.take(folder);
}

/** A line about a round. */
export function roundSummary({ movedBytes, writtenBytes }: SyncRound): string {
  return `${size(movedBytes)} moved, ${size(writtenBytes)} of them new`;
}
