/**
 * Batch: one machine or many, some at the same time, each after those that it depends on. One that fails leaves the
 * others running; the report has them all, in the order of the input.
 *
 * @module
 */
import { resolve } from "@std/path";
import type { Job } from "../config/schema.ts";
import { sizeOf } from "../config/size_text.ts";
import { asMigrateError } from "../model/as_migrate_error.ts";
import { cancelled, MigrateError } from "../model/error.ts";
import type { EventSink } from "../model/event.ts";
import type { Report, VmReport } from "../model/report.ts";
import { type HostFacts, readHost } from "../plan/host.ts";
import { removeStaleSecrets } from "../run/secret_files.ts";
import { secretVariable } from "../run/secret_variable.ts";
import { luksVariables } from "../guest/luks_keys.ts";
import { loadPlugins, selectConverter } from "../plugin/load.ts";
import { writeMetrics } from "../report/metrics.ts";
import { reportsTellOf, writeReportFile, writeReports } from "../report/write.ts";
import type { PluginRows } from "../plugin/plugin.ts";
import { type Budget, HostBudget, type Limits } from "../run/budget.ts";
import { limitsOf } from "../run/costs.ts";
import { nameOf } from "./disk_discovery.ts";
import { Crew } from "./crew.ts";
import type { MachineResult } from "./machine.ts";
import { RunFolder } from "./run_folder.ts";
import type { Mode } from "./steps.ts";
import { runReport } from "./vm_report.ts";

/** One machine of a batch. */
export interface BatchMachine {
  /** What is asked for. */
  readonly job: Job;
  /** Names of the machines that must have succeeded before it starts. */
  readonly dependsOn: readonly string[];
}

/** What a batch needs. */
export interface BatchOptions {
  /** The machines, in order. */
  readonly jobs: readonly BatchMachine[];
  /** How many are worked on at the same time (default: one a processor). */
  readonly maxVms?: number | undefined;
  /** Options of the run: where else its report and its numbers go, and what it may take of the host. */
  readonly options: Pick<
    Job,
    "report" | "metrics_file" | "workers" | "max_appliances" | "v2v_concurrency" | "bandwidth" | "plan_depth"
  >;
  /** What it shares with other runs in this program (default: a budget of its own, by the options). */
  readonly budget?: Budget;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Receives events; without it the run is silent. */
  readonly emit?: EventSink;
}

/** A machine and, once it is done, what came of it. */
interface Place {
  readonly machine: BatchMachine;
  result?: MachineResult;
}

/** More machines than a plan opens by itself: each takes an appliance. */
const MANY_MACHINES = 10;
/** Machines of which only disks and host are looked at, at the same time: programs are waited for. */
const PLANNED_AT_ONCE = 8;

/** Migrates machines. */
export class Batch {
  readonly #options: BatchOptions;

  /** Prepares a batch; nothing is read yet. */
  constructor(options: BatchOptions) {
    this.#options = options;
  }

  /**
   * Migrates. A machine that fails is in the report; nothing is thrown for it.
   *
   * @throws {MigrateError} `usage/missing-argument` when a machine has no output folder; `run/busy` when another run
   * works in one; `plugin/failed`
   */
  async run(): Promise<Report> {
    for (const { job } of this.#options.jobs) {
      if (job.output !== undefined) continue;
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
    const { options } = this.#options;
    const jobs = this.#options.jobs.map((machine) => this.#atDepth(machine));
    const { renderers } = await pluginsOf(jobs);
    const startedAt = new Date().toISOString();
    await using resources = new AsyncDisposableStack();
    const folders = new Map<string, RunFolder>();
    // Before the first child process starts, which would inherit them.
    for (const { job } of jobs) luksVariables(job.luks_key).forEach(secretVariable);
    if (mode === "convert") {
      await removeStaleSecrets();
      for (const { job } of jobs) {
        const path = resolve(job.output!);
        if (folders.has(path)) continue;
        const folder = resources.use(new RunFolder(path));
        folders.set(path, folder);
        await folder.enter();
      }
    }
    const places = jobs.map((machine): Place => ({ machine }));
    using crew = this.#crew(mode);
    await this.#workOn(places, crew, folders);
    const results = places.map((place) => place.result!);
    const report = runReport(results, startedAt);
    for (const path of folders.keys()) {
      const here = results.filter((_, index) => resolve(jobs[index]!.job.output!) === path);
      // A run that was killed between its last step and its reports has left none, or older ones.
      const finished = here.filter((one) => one.wasFinished).map(({ vm }) => vm.name);
      const isTold = finished.length === 0 || await reportsTellOf(finished, path, renderers);
      if (isTold && !here.some((one) => one.wrote)) continue;
      await writeReports(runReport(here, startedAt), path, renderers);
    }
    if (mode === "convert" && options.report !== undefined) {
      await writeReportFile(report, options.report, renderers);
    }
    if (mode === "convert" && options.metrics_file !== undefined) {
      await writeMetrics(report, options.metrics_file);
    }
    return report;
  }

  /** A plan looks into the guests unless there are many. */
  #atDepth(machine: BatchMachine): BatchMachine {
    return { ...machine, job: { ...machine.job, plan_depth: this.#depth() } };
  }

  #depth(): "host" | "guest" {
    const { jobs, options } = this.#options;
    if (options.plan_depth !== "auto") return options.plan_depth;
    return jobs.length > MANY_MACHINES ? "host" : "guest";
  }

  #crew(mode: Mode): Crew {
    const { jobs, options, signal, emit = () => {} } = this.#options;
    const limits = jobLimits(options);
    let host: Promise<HostFacts> | undefined;
    const usual = Math.max(limits.cpus, limits.conversions ?? 0);
    const size = Math.min(this.#options.maxVms ?? usual, jobs.length);
    const isFromOutside = mode === "plan" && this.#depth() === "host";
    return new Crew({
      size: isFromOutside ? Math.min(PLANNED_AT_ONCE, jobs.length) : size,
      inWorkers: !isFromOutside && size > 1,
      mode,
      signal,
      emit,
      budget: this.#options.budget ?? new HostBudget(limits),
      readHost: () => host ??= readHost(signal, { remember: mode === "convert" }),
    });
  }

  /** As many at a time as may be; each takes the first machine that can start. */
  async #workOn(
    places: readonly Place[],
    crew: Crew,
    folders: ReadonlyMap<string, RunFolder>,
  ): Promise<void> {
    const waiting = [...places];
    const running = new Set<Promise<void>>();
    while (waiting.length > 0 || running.size > 0) {
      for (
        let next;
        running.size < crew.size && (next = takeReady(waiting, places)) !== undefined;
      ) {
        const place = next;
        const work: Promise<void> = this.#workOne(place, places, crew, folders).then((result) => {
          place.result = result;
          running.delete(work);
        });
        running.add(work);
      }
      await Promise.race(running);
    }
  }

  async #workOne(
    { machine: { job, dependsOn } }: Place,
    places: readonly Place[],
    crew: Crew,
    folders: ReadonlyMap<string, RunFolder>,
  ): Promise<MachineResult> {
    const { signal } = this.#options;
    const failed = dependsOn.find((name) => !hasSucceeded(places, name));
    if (signal.aborted) return notStarted(job, cancelled());
    if (failed !== undefined) {
      return notStarted(
        job,
        new MigrateError(
          "plan/blocked",
          `Cannot start ${plainName(job)}: ${failed}, which it depends on, failed.`,
          {
            hint: "Run the same command again when that is put right.",
          },
        ),
      );
    }
    try {
      return await crew.migrate(job, folders.get(resolve(job.output ?? ".")));
    } catch (error) {
      // The other machines go on whatever happens to this one.
      if (places.length === 1) throw error;
      return notStarted(job, asMigrateError(error));
    }
  }
}

/**
 * Loads the plugins of all machines, before anything is done for the first.
 *
 * @throws {MigrateError} `plugin/failed`, or `usage/bad-value` for a converter that none of them has
 */
async function pluginsOf(jobs: readonly BatchMachine[]): Promise<PluginRows> {
  for (const { job } of jobs) {
    const rows = await loadPlugins(job.plugins);
    if (job.converter !== undefined) selectConverter(job.converter, rows);
  }
  return await loadPlugins(jobs.flatMap(({ job }) => job.plugins));
}

/** What a run may take of the host, by its options. */
export function jobLimits(options: BatchOptions["options"]): Limits {
  const { workers, max_appliances: maxAppliances, v2v_concurrency: v2vConcurrency, bandwidth } = options;
  const bytesPerSecond = bandwidth === undefined ? undefined : sizeOf(bandwidth);
  return limitsOf({ workers, maxAppliances, v2vConcurrency, bytesPerSecond });
}

/** Takes out the first machine whose dependencies have ended. */
function takeReady(waiting: Place[], places: readonly Place[]): Place | undefined {
  const index = waiting.findIndex(({ machine }) =>
    machine.dependsOn.every((name) =>
      places.every((one) => one.machine.job.name !== name || one.result !== undefined)
    )
  );
  return index === -1 ? undefined : waiting.splice(index, 1)[0];
}

function hasSucceeded(places: readonly Place[], name: string): boolean {
  return places.filter((one) => one.machine.job.name === name)
    .every(({ result }) => result?.vm.status === "succeeded" || result?.vm.status === "planned");
}

function plainName(job: Job): string {
  return job.name ?? nameOf(job.source[0] ?? "");
}

/** A machine with which nothing was done. */
function notStarted(job: Job, error: MigrateError): MachineResult {
  const vm: VmReport = {
    name: plainName(job),
    status: error.code === "run/cancelled" ? "cancelled" : "failed",
    error: {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    },
    nics: [],
    changes: [],
    leftAlone: [],
    concerns: [],
    stages: [],
    outputs: [],
  };
  return { vm, wrote: false, wasFinished: false };
}
