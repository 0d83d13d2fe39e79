/**
 * The cutover of a warm migration: the machine is shut down, the last changes are moved, and its copy becomes the
 * machine. Killed anywhere, it can be run again.
 *
 * @module
 */
import { join } from "@std/path";
import type { Job } from "../config/schema.ts";
import { MigrateError } from "../model/error.ts";
import type { Report, VmReport } from "../model/report.ts";
import { removeIfThere } from "../run/files.ts";
import { writeExported } from "../source/vsphere/exported.ts";
import { machineOf, placeOf, type VmDetails, type VmSummary } from "../source/vsphere/machines/vm.ts";
import { powerOn, shutDown } from "../source/vsphere/power.ts";
import type { VsphereSession } from "../source/vsphere/session.ts";
import { readState, type SyncRound, type SyncState, writeState } from "../source/vsphere/warm/state.ts";
import { warmConcerns } from "../source/vsphere/warm/sync.ts";
import { Orchestrator } from "./orchestrator.ts";
import { heed, type VmStage, vmStage } from "./vsphere_stage.ts";
import {
  detailsOf,
  lockedFolder,
  roundOf,
  roundSummary,
  type WarmOptions,
  type WarmResult,
} from "./vsphere_warm.ts";

/**
 * Shuts a machine down, moves the last changes, and converts the copy. A failure is in the result: the copy stays, and
 * the machine is powered on again where the job says so.
 */
export async function cutOver(vm: VmSummary, folder: string, options: WarmOptions): Promise<WarmResult> {
  const { signal, emit, job } = options;
  const told = { vm: vm.name, title: "Cut over from vSphere", signal, emit };
  let isAgain = false;
  const moved = await vmStage(told, async (stage) => {
    await using _lock = await lockedFolder(folder);
    const before = await readState(folder);
    const left = leftAt(before, vm);
    if (left !== undefined && !job.restart) {
      return { value: undefined, summary: `the source was left at ${left}`, skipped: true };
    }
    const details = await detailsOf(vm, folder, options, stage);
    heed(`cut ${vm.name} over`, warmConcerns(details), stage);
    // A machine that is on again has left behind what an unfinished cutover has made of it.
    isAgain = before?.converting !== undefined && before.cutOverAt === undefined && details.power === "on";
    if (isAgain) await noteConverting(folder, false);
    const round = await lastRound(details, folder, options, stage, isAgain);
    return { value: round, summary: roundSummary(round) };
  });
  const about = { name: vm.name, folder, concerns: moved.concerns };
  const round = moved.value === undefined ? {} : { round: moved.value };
  if (moved.error !== undefined) {
    await goBack(vm, folder, options);
    return { ...about, error: moved.error };
  }
  await noteConverting(folder, job.linked);
  const convert = conversionOf(folder, options, isAgain);
  const report = await new Orchestrator({ job: convert, signal, emit }).run();
  if (report.status === "succeeded") {
    const state = (await readState(folder))!;
    await writeState(folder, { ...state, cutOverAt: state.cutOverAt ?? new Date().toISOString() });
  } else {
    if (job.linked) await dropLinked(folder, report);
    await goBack(vm, folder, options);
  }
  return { ...about, ...round, report };
}

/** Since when nothing more can come from the machine. */
function leftAt(state: SyncState | undefined, { power }: VmSummary): string | undefined {
  const { cutOverAt, converting } = state ?? {};
  return cutOverAt ?? (converting?.linked === true && power !== "on" ? converting.at : undefined);
}

/** The job that makes a machine of the copies. */
function conversionOf(folder: string, { job, outputDir }: WarmOptions, isAgain: boolean): Job {
  const source = [join(folder, "source.json")];
  return { ...job, source, vm: [], output: outputDir, force: job.force || isAgain };
}

/** Before anything can stand on the copies. What a cutover has left behind for good stays so. */
async function noteConverting(folder: string, linked: boolean): Promise<void> {
  const state = (await readState(folder))!;
  if (state.cutOverAt !== undefined) return;
  const at = state.converting?.linked === linked ? state.converting.at : new Date().toISOString();
  await writeState(folder, { ...state, converting: { at, linked } });
}

/** After a failed cutover: disks that stand on the copies go, so that those can follow the machine again. */
async function dropLinked(folder: string, report: Report): Promise<void> {
  if ((await readState(folder))?.cutOverAt !== undefined) return;
  for (const { path } of report.vms.flatMap(({ outputs }) => outputs)) await removeIfThere(path);
  await noteConverting(folder, false);
}

/**
 * A round while the machine is on, so that the one after its shutdown is short; then that one.
 *
 * @throws {MigrateError} `plan/blocked` when this host could not convert the copy: the machine stays on
 */
async function lastRound(
  details: VmDetails,
  folder: string,
  options: WarmOptions,
  stage: VmStage,
  isAgain: boolean,
): Promise<SyncRound> {
  const { session, job } = options;
  const isOn = details.power === "on";
  if (isOn) {
    const { state } = await roundOf(details, folder, options, stage, job.restart);
    await describe(session, details, folder, state);
    await planConversion(details, conversionOf(folder, options, isAgain), options, stage);
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

/** Finds now what would stop the conversion before it looks into the guest. */
async function planConversion(
  { name }: VmDetails,
  job: Job,
  { signal }: WarmOptions,
  stage: VmStage,
): Promise<void> {
  const report = await new Orchestrator({ job: { ...job, plan_depth: "host" }, signal }).plan();
  const [{ concerns, error }] = report.vms as [VmReport];
  if (error !== undefined) {
    throw new MigrateError(error.code, error.message, error.hint === undefined ? {} : { hint: error.hint });
  }
  heed(`cut ${name} over`, concerns.filter(({ severity }) => severity === "critical"), stage);
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
  // Where an earlier cutover has succeeded, the machine may run here already.
  if (state?.shutDown !== true || state.cutOverAt !== undefined || !job.power_on_source) return;
  await session.afterwards(LAST_WORK_MS, (alive) => powerOn(alive, vm));
  await writeState(folder, { ...state, shutDown: false });
}

/** How long a run that was cancelled may take to power the machine on again, in milliseconds. */
const LAST_WORK_MS = 60_000;
