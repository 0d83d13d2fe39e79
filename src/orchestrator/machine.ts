/**
 * One machine through the pipeline: the steps in order, the completed ones kept in the journal, those of an
 * earlier run of the same job not repeated.
 *
 * @module
 */
import { resolve } from "@std/path";
import type { Job } from "../config/schema.ts";
import { asMigrateError } from "../model/as_migrate_error.ts";
import type { Concern } from "../model/concern.ts";
import { cancelled, type MigrateError } from "../model/error.ts";
import type { EventSink } from "../model/event.ts";
import type { StageReport, VmReport } from "../model/report.ts";
import { loadPlugins } from "../plugin/load.ts";
import type { HostFacts } from "../plan/host.ts";
import type { Budget } from "../run/budget.ts";
import { disksKey, inputIdentities, machineKey } from "./identity.ts";
import type { FileIdentity, Journal, MachineStatus, StepRecord } from "./journal.ts";
import { type Findings, type Migration, need, vmName } from "./migration.ts";
import { definitionPath, manifestPath, outputPaths } from "./outputs.ts";
import { type Resume, resumeFrom } from "./resume.ts";
import { adoptScratch, dropScratch, scratchFolder } from "./scratch.ts";
import { endHooks, stepHooks } from "./step_hooks.ts";
import { recordStep } from "./step_record.ts";
import { type Mode, type Step, STEPS } from "./steps.ts";
import { proofError } from "./steps/prove.ts";
import { vmPlan } from "./vm_plan.ts";
import { vmReport } from "./vm_report.ts";
import { lockedWorkDir, type OnceWorkDir, onceWorkDir } from "./work_dir.ts";

/** What a machine is migrated with. */
export interface MachineOptions {
  /** What is asked for. */
  readonly job: Job;
  /** Whether anything is written. */
  readonly mode: Mode;
  /** The output folder with its journal; none for a plan. */
  readonly folder?: MachineFolder;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Receives events. */
  readonly emit: EventSink;
  /** Grants processors, memory, guests and bandwidth. */
  readonly budget: Budget;
  /** Looks at the host; once for all machines of a run. */
  readonly readHost: () => Promise<HostFacts>;
}

/** What a machine uses of the output folder. */
export interface MachineFolder {
  /** The journal, when there is one already. */
  readonly journal: Journal | undefined;
  /** Makes the folder and takes its lock: from here on something may be written. */
  hold(): Promise<void>;
  /** Makes the folder, its lock and its journal. */
  make(): Promise<Journal>;
}

/** What came of a machine. */
export interface MachineResult {
  /** Its part of the report. */
  readonly vm: VmReport;
  /** The host, once the preflight has looked at it. */
  readonly host?: HostFacts;
  /** Whether anything was written into the output folder. */
  readonly wrote: boolean;
  /** Whether an earlier run had done everything already. */
  readonly wasFinished: boolean;
}

/** What a run has gathered for its report. */
export interface Progress {
  /** What is known, and what steps may use. */
  migration: Migration;
  /** The stages that have ended. */
  readonly stages: StageReport[];
  /** What a person should know. */
  readonly concerns: Concern[];
  /** The journal, once something is written. */
  journal?: Journal;
  /** Why it failed. */
  error?: MigrateError;
}

/** Takes a machine through the pipeline. A failure is in the result; nothing is thrown for it. */
export async function migrateMachine(options: MachineOptions): Promise<MachineResult> {
  const { job, mode, folder, signal, emit, budget, readHost } = options;
  const plugins = await loadPlugins(job.plugins);
  await using resources = new AsyncDisposableStack();
  const outputDir = resolve(job.output ?? ".");
  const workDir = lockedWorkDir(onceWorkDir({ mode, job, outputDir, resources }), folder);
  const progress: Progress = {
    migration: {
      ...{ job, mode, outputDir, workDir, signal, emit, resources, budget, readHost, plugins },
      found: {},
    },
    stages: [],
    concerns: [],
  };
  const done = await runSteps(progress, options, workDir);
  if (done !== undefined) return done;
  const unproved = proofError(progress.migration);
  if (progress.error === undefined && unproved !== null) progress.error = unproved;
  await guarded(progress, async () => {
    addConcerns(progress, await endHooks(progress, statusOf(progress.error, mode)));
  });
  const status = statusOf(progress.error, mode);
  const plan = status === "planned" ? await vmPlan(progress.migration, progress.stages) : undefined;
  const vm = vmReport(progress, status, plan);
  if (status !== "planned") progress.journal?.finish(vm.name, status as MachineStatus, vm);
  const { host } = progress.migration.found;
  // Before the preflight has passed, nothing is left behind, not even a report.
  const wrote = mode === "convert" && host !== undefined && progress.journal !== undefined;
  return { vm, ...(host === undefined ? {} : { host }), wrote, wasFinished: false };
}

/** The steps in order; a result when there is nothing left to do. */
async function runSteps(
  progress: Progress,
  options: MachineOptions,
  workDir: OnceWorkDir,
): Promise<MachineResult | undefined> {
  const { job, mode, folder } = options;
  const steps = STEPS.filter((step) => step.when(mode, job));
  let resume: Resume = { kept: [], own: [] };
  let inputs: readonly FileIdentity[] = [];
  for (const step of steps) {
    const kept = resume.kept.find((one) => one.stage === step.stage);
    if (kept === undefined) await runStep(step, progress);
    else skip(kept, progress);
    // Where an earlier run stopped, it may have stopped in the hooks: they run again.
    if (kept === undefined || kept === resume.kept.at(-1)) await afterStep(progress);
    tellEnd(progress);
    if (progress.error !== undefined) return;
    if (folder === undefined) continue;
    if (step.stage === "discover") {
      await guarded(progress, async () => {
        inputs = await inputIdentities(need(progress.migration, "source"));
        resume = await findResume(progress, folder, inputs, steps, workDir);
        await restore(progress, resume);
      });
      if (resume.finished !== undefined) {
        return finishedBefore(resume.finished.report!, resume.finished.finishedAt);
      }
    }
    if (step.stage === "preflight") {
      await guarded(progress, async () => await begin(progress, folder, inputs, resume));
    }
    if (progress.error !== undefined) return;
  }
}

/** A failure between steps is one of the machine, too. */
async function guarded(progress: Progress, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    // What went wrong first is the reason.
    progress.error ??= asMigrateError(error, progress.stages.at(-1)?.stage);
  }
}

async function findResume(
  { migration }: Progress,
  folder: MachineFolder,
  inputs: readonly FileIdentity[],
  steps: readonly Step[],
  workDir: OnceWorkDir,
): Promise<Resume> {
  const made = workDir.isMade() ? await workDir() : undefined;
  return await resumeFrom({
    journal: folder.journal,
    name: vmName(migration),
    job: migration.job,
    inputs,
    stages: steps.map((step) => step.stage),
    isMade: (path) => made !== undefined && path.startsWith(`${made}/`),
  });
}

/** Puts what is kept where the steps would have put it. */
async function restore(progress: Progress, { kept, own }: Resume): Promise<void> {
  const { migration } = progress;
  const found = Object.assign({}, ...kept.map((step) => step.found)) as Findings;
  progress.migration = { ...migration, own, found: { ...migration.found, ...found } };
  await adoptScratch(progress.migration.found, migration.resources);
}

/** From here on something is written, and the journal says what. */
async function begin(
  progress: Progress,
  folder: MachineFolder,
  inputs: readonly FileIdentity[],
  { kept }: Resume,
): Promise<void> {
  const { job, outputDir } = progress.migration;
  const source = need(progress.migration, "source");
  const outputs = outputPaths(outputDir, source, job);
  progress.journal = await folder.make();
  const isGoneOnWith = scratchFolder(progress.migration.found) !== undefined;
  if (!isGoneOnWith) await dropScratch(progress.journal.steps(source.name));
  progress.journal.begin({
    name: source.name,
    key: disksKey(job),
    inputs,
    claims: [...outputs, definitionPath(outputDir, source.name), manifestPath(outputDir, source.name)],
    startedAt: progress.stages[0]?.startedAt ?? new Date().toISOString(),
  }, kept.map((step) => step.stage));
}

async function runStep(step: Step, progress: Progress): Promise<void> {
  const { emit, signal, job } = progress.migration;
  const { stage } = step;
  const started = performance.now(), startedAt = new Date().toISOString();
  const end = (status: StageReport["status"], summary: string): StageReport => {
    const elapsedMs = Math.round(performance.now() - started);
    const report = { stage, status, startedAt, elapsedMs, summary };
    progress.stages.push(report);
    return report;
  };
  emit({ type: "stage-start", vm: vmName(progress.migration), stage, title: step.title });
  try {
    if (signal.aborted) throw cancelled(stage);
    addConcerns(progress, await stepHooks("pre", stage, progress));
    const { found, concerns = [], summary } = await step.run(progress.migration);
    const { migration } = progress;
    progress.migration = { ...migration, found: { ...migration.found, ...found } };
    addConcerns(progress, concerns);
    const { elapsedMs } = end("done", summary);
    await recordStep(progress, found, {
      ...{ stage, status: "done", startedAt, elapsedMs, summary, concerns },
      key: stage === "prove" || stage === "define" ? machineKey(job) : disksKey(job),
    });
  } catch (error) {
    // Whatever a step throws while the run is being cancelled is a consequence of that.
    const reason = await progress.migration.found.sourceCheck?.reasonFor(error) ?? error;
    progress.error = signal.aborted ? cancelled(stage) : asMigrateError(reason, stage);
    end("failed", progress.error.message);
  }
}

/** The hooks after the stage that has ended, whatever came of it. */
async function afterStep(progress: Progress): Promise<void> {
  const { stage, status, summary, elapsedMs } = progress.stages.at(-1)!;
  await guarded(progress, async () => {
    const outcome = { status, summary, elapsed_ms: elapsedMs };
    addConcerns(progress, await stepHooks("post", stage, progress, outcome));
  });
}

/** A step of an earlier run: its concerns count, its work does not have to be done. */
function skip(step: StepRecord, progress: Progress): void {
  const { emit } = progress.migration;
  const { stage, startedAt } = step;
  const summary = `done by an earlier run: ${step.summary}`;
  emit({ type: "stage-start", vm: vmName(progress.migration), stage, title: "Done by an earlier run" });
  addConcerns(progress, step.concerns);
  progress.stages.push({ stage, status: "skipped", startedAt, elapsedMs: 0, summary });
}

/** Tells the end of a stage once its hooks are through: a long one is not a silence. */
function tellEnd(progress: Progress): void {
  const { stage, status, elapsedMs, summary } = progress.stages.at(-1)!;
  const vm = vmName(progress.migration);
  progress.migration.emit({ type: "stage-end", vm, stage, status, elapsedMs, summary });
}

function addConcerns(progress: Progress, concerns: readonly Concern[]): void {
  const { emit } = progress.migration;
  for (const concern of concerns) {
    progress.concerns.push(concern);
    emit({ type: "concern", vm: vmName(progress.migration), concern });
  }
}

/** The report of a machine that an earlier run has finished. */
function finishedBefore(report: VmReport, at: string | undefined): MachineResult {
  const concern: Concern = {
    id: "run/finished",
    severity: "information",
    message: `${report.name} was finished ${at === undefined ? "before" : `on ${at}`}: nothing was done.`,
    hint: "--restart converts it again.",
  };
  return { vm: { ...report, concerns: [...report.concerns, concern] }, wrote: false, wasFinished: true };
}

function statusOf(error: MigrateError | undefined, mode: Mode): VmReport["status"] {
  if (error === undefined) return mode === "plan" ? "planned" : "succeeded";
  return error.code === "run/cancelled" ? "cancelled" : "failed";
}
