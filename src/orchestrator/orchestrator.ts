/**
 * Orchestrator: takes one machine through the pipeline and reports what happened. The steps themselves are in
 * `steps.ts`, in order.
 *
 * @module
 */
import { resolve } from "@std/path";
import type { Job } from "../config/schema.ts";
import { asMigrateError } from "../model/as_migrate_error.ts";
import type { Concern } from "../model/concern.ts";
import { cancelled, MigrateError } from "../model/error.ts";
import type { EventSink } from "../model/event.ts";
import type { Report, StageReport, VmReport } from "../model/report.ts";
import { writeReports } from "../report/write.ts";
import { VERSION } from "../version.ts";
import { onceWorkDir } from "./work_dir.ts";
import { type Migration, type StepResult, vmName } from "./migration.ts";
import { type Mode, type Step, STEPS } from "./steps.ts";
import { proofError } from "./steps/prove.ts";

/** What a run needs. */
export interface OrchestratorOptions {
  /** What is asked for. */
  readonly job: Job;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Receives events; without it the run is silent. */
  readonly emit?: EventSink;
}

/** What a run has gathered for its report. */
interface Progress {
  migration: Migration;
  readonly stages: StageReport[];
  readonly concerns: Concern[];
  error?: MigrateError;
}

/** Runs the pipeline. */
export class Orchestrator {
  readonly #options: OrchestratorOptions;

  /** Prepares a run; nothing is read yet. */
  constructor(options: OrchestratorOptions) {
    this.#options = options;
  }

  /**
   * Migrates. A VM that fails is in the report; nothing is thrown for it.
   *
   * @throws {MigrateError} `usage/missing-argument` when there is no output folder
   */
  async run(): Promise<Report> {
    if (this.#options.job.output === undefined) {
      throw new MigrateError("usage/missing-argument", "Cannot convert: no output folder is given.", {
        hint: "Name one: -o DIR",
      });
    }
    return await this.#execute("convert");
  }

  /** Says what a run would do: the same steps up to the fixes, on read-only disks. */
  async plan(): Promise<Report> {
    return await this.#execute("plan");
  }

  async #execute(mode: Mode): Promise<Report> {
    const { job, signal, emit = () => {} } = this.#options;
    const startedAt = new Date().toISOString();
    await using resources = new AsyncDisposableStack();
    const outputDir = resolve(job.output ?? ".");
    const workDir = onceWorkDir({ mode, job, outputDir, resources });
    const progress: Progress = {
      migration: { job, mode, outputDir, workDir, found: {}, signal, emit, resources },
      stages: [],
      concerns: [],
    };
    for (const step of STEPS) {
      if (!step.when(mode, job)) continue;
      await runStep(step, progress);
      if (progress.error !== undefined) break;
    }
    const unproved = proofError(progress.migration);
    if (progress.error === undefined && unproved !== null) progress.error = unproved;
    const report = makeReport(progress, mode, startedAt);
    // Before the preflight has passed, nothing is left behind, not even a report.
    if (mode === "convert" && progress.migration.found.host !== undefined && workDir.isMade()) {
      await writeReports(report, outputDir);
    }
    return report;
  }
}

async function runStep(step: Step, progress: Progress): Promise<void> {
  const { emit, signal } = progress.migration;
  const { stage } = step;
  const started = performance.now(), startedAt = new Date().toISOString();
  const end = (status: StageReport["status"], summary: string): void => {
    const elapsedMs = Math.round(performance.now() - started);
    progress.stages.push({ stage, status, startedAt, elapsedMs, summary });
    emit({ type: "stage-end", vm: vmName(progress.migration), stage, status, elapsedMs, summary });
  };
  emit({ type: "stage-start", vm: vmName(progress.migration), stage, title: step.title });
  try {
    if (signal.aborted) throw cancelled(stage);
    const result = await step.run(progress.migration);
    add(progress, result);
    end("done", result.summary);
  } catch (error) {
    // Whatever a step throws while the run is being cancelled is a consequence of that.
    progress.error = signal.aborted ? cancelled(stage) : asMigrateError(error, stage);
    end("failed", progress.error.message);
  }
}

function add(progress: Progress, result: StepResult): void {
  const { migration } = progress;
  progress.migration = { ...migration, found: { ...migration.found, ...result.found } };
  for (const concern of result.concerns ?? []) {
    progress.concerns.push(concern);
    migration.emit({ type: "concern", vm: vmName(progress.migration), concern });
  }
}

function makeReport(progress: Progress, mode: Mode, startedAt: string): Report {
  const { error } = progress;
  const status = error === undefined
    ? (mode === "plan" ? "planned" : "succeeded")
    : error.code === "run/cancelled"
    ? "cancelled"
    : "failed";
  const { host } = progress.migration.found;
  return {
    schemaVersion: 1,
    tool: { name: "hyper2kvm", version: VERSION },
    startedAt,
    finishedAt: new Date().toISOString(),
    status,
    host: host === undefined ? {} : {
      "qemu-img": host.qemuImg ?? "missing",
      "qemu-system-x86_64": host.qemu ?? "missing",
      "libguestfs": host.libguestfs ?? "missing",
      "accelerator": host.accelerator,
    },
    vms: [vmReport(progress, status)],
  };
}

function vmReport(progress: Progress, status: VmReport["status"]): VmReport {
  const { migration, stages, concerns, error } = progress;
  const { source, guest, nics, changes, leftAlone, outputs, definition, definedOn, proof } = migration.found;
  return {
    name: vmName(migration),
    status,
    ...(error === undefined ? {} : {
      error: {
        code: error.code,
        message: error.message,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        ...(error.stage === undefined ? {} : { stage: error.stage }),
      },
    }),
    ...(source === undefined ? {} : { source }),
    ...(guest === undefined ? {} : { guest }),
    nics: nics ?? [],
    changes: changes ?? [],
    leftAlone: leftAlone ?? [],
    concerns,
    stages,
    outputs: outputs ?? [],
    ...(definition === undefined ? {} : { definition }),
    ...(definedOn === undefined ? {} : { definedOn }),
    ...(proof === undefined ? {} : { proof }),
  };
}
