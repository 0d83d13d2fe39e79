/**
 * Orchestrator: takes one machine through the pipeline and reports what happened. The steps themselves are in
 * `steps.ts`, in order; `batch.ts` takes several.
 *
 * @module
 */
import type { Job } from "../config/schema.ts";
import type { EventSink } from "../model/event.ts";
import type { Report } from "../model/report.ts";
import { Batch } from "./batch.ts";

/** What a run needs. */
export interface OrchestratorOptions {
  /** What is asked for. */
  readonly job: Job;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Receives events; without it the run is silent. */
  readonly emit?: EventSink;
}

/** Runs the pipeline. */
export class Orchestrator {
  readonly #batch: Batch;

  /** Prepares a run; nothing is read yet. */
  constructor(options: OrchestratorOptions) {
    const { job, ...rest } = options;
    this.#batch = new Batch({ jobs: [{ job, dependsOn: [] }], maxVms: 1, options: job, ...rest });
  }

  /**
   * Migrates, or goes on where an earlier run of the same job stopped. A VM that fails is in the report; nothing is
   * thrown for it.
   *
   * @throws {MigrateError} `usage/missing-argument` when there is no output folder; `run/busy` when another run works
   * in it
   */
  async run(): Promise<Report> {
    return await this.#batch.run();
  }

  /** Says what a run would do: the same steps up to the fixes, on read-only disks. */
  async plan(): Promise<Report> {
    return await this.#batch.plan();
  }
}
