/**
 * What a live fix has found and done so far, its events, and the report that comes of it.
 *
 * @module
 */
import { asMigrateError } from "../model/as_migrate_error.ts";
import type { MigrateError } from "../model/error.ts";
import type { EventSink } from "../model/event.ts";
import type { Report, StageReport, VmReport } from "../model/report.ts";
import type { Stage } from "../model/stage.ts";
import { VERSION } from "../version.ts";

/** What a run gathers for its report. */
type Findings = Partial<Pick<VmReport, "guest" | "nics" | "changes" | "leftAlone" | "concerns">>;

/** Runs stages one after the other. */
export class LiveProgress {
  readonly #name: string;
  readonly #emit: EventSink;
  readonly #startedAt = new Date().toISOString();
  readonly #stages: StageReport[] = [];
  #current: Stage = "open";
  #findings: Findings = {};
  #error: MigrateError | undefined;

  /** A run on the guest of this name. */
  constructor(name: string, emit: EventSink) {
    this.#name = name;
    this.#emit = emit;
  }

  /** Runs one stage; its work returns a result and one phrase. */
  async stage<T>(stage: Stage, title: string, work: () => Promise<readonly [T, string]>): Promise<T> {
    this.#current = stage;
    const startedAt = new Date().toISOString();
    const startedMs = performance.now();
    const end = (status: "done" | "failed", summary: string): void => {
      const elapsedMs = Math.round(performance.now() - startedMs);
      this.#stages.push({ stage, status, startedAt, elapsedMs, summary });
      this.#emit({ type: "stage-end", vm: this.#name, stage, status, elapsedMs, summary });
    };
    this.#emit({ type: "stage-start", vm: this.#name, stage, title });
    try {
      const [result, summary] = await work();
      end("done", summary);
      return result;
    } catch (error) {
      end("failed", error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  /** Says what the stage is doing. */
  say(message: string): void {
    this.#emit({ type: "activity", vm: this.#name, stage: this.#current, message });
  }

  /** Adds to the report; a later value replaces an earlier one. */
  found(findings: Findings): void {
    this.#findings = { ...this.#findings, ...findings };
  }

  /** Notes why the run failed. */
  fail(thrown: unknown): MigrateError {
    this.#error = asMigrateError(thrown);
    return this.#error;
  }

  /** The report of the run. */
  report(status: VmReport["status"]): Report {
    const { guest, nics, changes, leftAlone, concerns } = this.#findings;
    const error = this.#error;
    const vm: VmReport = {
      name: this.#name,
      status,
      ...(error === undefined ? {} : {
        error: {
          code: error.code,
          message: error.message,
          stage: error.stage ?? this.#current,
          ...(error.hint === undefined ? {} : { hint: error.hint }),
        },
      }),
      ...(guest === undefined ? {} : { guest }),
      nics: nics ?? [],
      changes: changes ?? [],
      leftAlone: leftAlone ?? [],
      concerns: concerns ?? [],
      stages: this.#stages,
      outputs: [],
    };
    return {
      schemaVersion: 1,
      tool: { name: "hyper2kvm", version: VERSION },
      startedAt: this.#startedAt,
      finishedAt: new Date().toISOString(),
      status,
      host: {},
      vms: [vm],
    };
  }
}
