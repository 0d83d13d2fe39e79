/**
 * One piece of work on one machine of a vSphere server, told as a stage: its events, its concerns, its end. A failure
 * is in the result; nothing is thrown for it.
 *
 * @module
 */
import { asMigrateError } from "../model/as_migrate_error.ts";
import type { Concern } from "../model/concern.ts";
import { cancelled, MigrateError } from "../model/error.ts";
import type { EventSink } from "../model/event.ts";

/** What the work is told with. */
export interface VmStageOptions {
  /** Name of the machine. */
  readonly vm: string;
  /** What is done, for people. */
  readonly title: string;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Receives events. */
  readonly emit: EventSink;
}

/** What the work may tell. */
export interface VmStage {
  /** Receives what a person should know. */
  readonly onConcern: (concern: Concern) => void;
  /** Receives the progress of a disk, by its index. */
  readonly onProgress: (disk: number, doneBytes: number, totalBytes: number) => void;
}

/** How the work ended. */
export interface VmStageEnd<T> {
  /** What a person should know. */
  readonly concerns: readonly Concern[];
  /** What it made. */
  readonly value?: T;
  /** Why it failed. */
  readonly error?: MigrateError;
}

/** What a piece of work returns: what it made, and a line about it. */
export interface VmStageDone<T> {
  /** What it made. */
  readonly value: T;
  /** One line. */
  readonly summary: string;
  /** Whether there was nothing to do. */
  readonly skipped?: boolean;
}

const STAGE = "discover";

/** Does the work. */
export async function vmStage<T>(
  { vm, title, signal, emit }: VmStageOptions,
  work: (stage: VmStage) => Promise<VmStageDone<T>>,
): Promise<VmStageEnd<T>> {
  const started = performance.now();
  const concerns: Concern[] = [];
  const end = (status: "done" | "skipped" | "failed", summary: string): void => {
    const elapsedMs = Math.round(performance.now() - started);
    emit({ type: "stage-end", vm, stage: STAGE, status, elapsedMs, summary });
  };
  emit({ type: "stage-start", vm, stage: STAGE, title });
  try {
    if (signal.aborted) throw cancelled(STAGE);
    const { value, summary, skipped = false } = await work({
      onConcern: (concern) => {
        concerns.push(concern);
        emit({ type: "concern", vm, concern });
      },
      onProgress: (disk, doneBytes, totalBytes) =>
        emit({ type: "progress", vm, stage: STAGE, disk, doneBytes, totalBytes }),
    });
    end(skipped ? "skipped" : "done", summary);
    return { concerns, value };
  } catch (thrown) {
    const error = signal.aborted ? cancelled(STAGE) : asMigrateError(thrown, STAGE);
    end("failed", error.message);
    return { concerns, error };
  }
}

/**
 * Tells every concern, and refuses to go on when one is critical.
 *
 * @throws {MigrateError} `plan/blocked`
 */
export function heed(what: string, concerns: readonly Concern[], { onConcern }: VmStage): void {
  concerns.forEach(onConcern);
  const critical = concerns.filter((one) => one.severity === "critical");
  const [first] = critical;
  if (first === undefined) return;
  const reasons = critical.map((one) => one.message.replace(/\.$/, "")).join("; ");
  throw new MigrateError("plan/blocked", `Cannot ${what}: ${reasons}.`, {
    ...(first.hint === undefined ? {} : { hint: first.hint }),
  });
}
