/**
 * Warm migration: a copy that follows a machine while it runs, and the cutover to it. Its state lies beside the copy,
 * so that either can be killed and run again.
 *
 * @module
 */
import { join } from "@std/path";
import type { Job } from "../config/schema.ts";
import type { Concern } from "../model/concern.ts";
import type { MigrateError } from "../model/error.ts";
import type { EventSink } from "../model/event.ts";
import type { Report } from "../model/report.ts";
import { FolderLock } from "../run/lock.ts";
import { writeExported } from "../source/vsphere/exported.ts";
import { type Inventory, readDetails } from "../source/vsphere/inventory.ts";
import { powerOn, shutDown } from "../source/vsphere/power.ts";
import type { VsphereSession } from "../source/vsphere/session.ts";
import { removeNoted } from "../source/vsphere/snapshot.ts";
import { machineOf, placeOf, type VmDetails, type VmSummary } from "../source/vsphere/machines/vm.ts";
import { readState, type SyncRound, type SyncState, writeState } from "../source/vsphere/warm/state.ts";
import { syncRound, warmConcerns } from "../source/vsphere/warm/sync.ts";
import { size } from "../ui/size.ts";
import { Orchestrator } from "./orchestrator.ts";
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
 * Shuts a machine down, moves the last changes, and converts the copy. A failure is in the result: the copy stays, and
 * the machine is powered on again where the job says so.
 */
export async function cutOver(vm: VmSummary, folder: string, options: WarmOptions): Promise<WarmResult> {
  const { signal, emit, session, job } = options;
  const told = { vm: vm.name, title: "Cut over from vSphere", signal, emit };
  const moved = await vmStage(told, async (stage) => {
    await using _lock = await lockedFolder(folder);
    const before = await readState(folder);
    if (before?.cutOverAt !== undefined && !job.restart) {
      return { value: undefined, summary: `the source was left at ${before.cutOverAt}`, skipped: true };
    }
    const details = await detailsOf(vm, folder, options, stage);
    heed(`cut ${vm.name} over`, warmConcerns(details), stage);
    const round = await lastRound(details, folder, options, stage);
    return { value: round, summary: roundSummary(round) };
  });
  const about = { name: vm.name, folder, concerns: moved.concerns };
  const round = moved.value === undefined ? {} : { round: moved.value };
  if (moved.error !== undefined) {
    await goBack(vm, folder, options);
    return { ...about, error: moved.error };
  }
  const source = [join(folder, "source.json")];
  const convert = { ...job, source, vm: [], output: options.outputDir };
  const report = await new Orchestrator({ job: convert, signal, emit }).run();
  const state = await readState(folder);
  if (report.status === "succeeded") {
    if (state?.cutOverAt === undefined) {
      await writeState(folder, { ...state!, cutOverAt: new Date().toISOString() });
    }
  } else await goBack(vm, folder, { ...options, session });
  return { ...about, ...round, report };
}

/** A round while the machine is on, so that the one after its shutdown is short; then that one. */
async function lastRound(
  details: VmDetails,
  folder: string,
  options: WarmOptions,
  stage: VmStage,
): Promise<SyncRound> {
  const { session, job } = options;
  const isOn = details.power === "on";
  if (isOn) {
    const { state } = await roundOf(details, folder, options, stage, job.restart);
    await writeState(folder, { ...state, shutDown: true });
    const how = job.shutdown === "none" ? "guest" : job.shutdown;
    await shutDown(session, details, how, job.shutdown_timeout * 1000);
  }
  const { round, state } = await roundOf(
    { ...details, power: "off" },
    folder,
    options,
    stage,
    job.restart && !isOn,
  );
  await describe(session, details, folder, state);
  return round;
}

/** Writes `source.json`, which convert takes. */
async function describe(
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  { disks }: SyncState,
): Promise<void> {
  await writeExported(folder, {
    origin: `${session.address} ${vm.path} ${vm.id}`,
    name: vm.name,
    machine: machineOf(vm),
    disks: vm.disks.map((disk, index) => ({ file: disks[index]!.file, kind: "raw", ...placeOf(disk) })),
  });
}

/** After a failed cutover: the machine is powered on again where the job says so, and the copy can follow it again. */
async function goBack(vm: VmSummary, folder: string, { session, job }: WarmOptions): Promise<void> {
  const state = await readState(folder);
  if (state?.shutDown !== true || !job.power_on_source) return;
  await session.afterwards(LAST_WORK_MS, (alive) => powerOn(alive, vm));
  await writeState(folder, { ...state, shutDown: false });
}

/** How long a run that was cancelled may take to power the machine on again, in milliseconds. */
const LAST_WORK_MS = 60_000;

async function roundOf(
  vm: VmDetails,
  folder: string,
  { session, job, signal }: WarmOptions,
  stage: VmStage,
  restart: boolean,
): Promise<{ round: SyncRound; state: SyncState }> {
  return await syncRound(session, vm, folder, {
    streams: job.streams,
    quiesce: job.quiesce && vm.power === "on",
    restart,
    signal,
    ...stage,
  });
}

/** The machine without the snapshot that a run which was killed may have left: its disks would be deltas. */
async function detailsOf(
  vm: VmSummary,
  folder: string,
  { session, inventory }: WarmOptions,
  { onConcern }: VmStage,
): Promise<VmDetails> {
  await removeNoted(session, folder, onConcern);
  return (await readDetails(session, inventory, [vm]))[0]!;
}

async function lockedFolder(folder: string): Promise<FolderLock> {
  await Deno.mkdir(folder, { recursive: true });
  return await FolderLock.take(folder);
}

function roundSummary({ movedBytes, writtenBytes }: SyncRound): string {
  return `${size(movedBytes)} moved, ${size(writtenBytes)} of them new`;
}
