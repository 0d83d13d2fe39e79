/**
 * Progress as plain lines, for files and pipes: one line an event, the seconds since the start in front.
 *
 * @module
 */
import type { RunEvent } from "../model/event.ts";
import { clock, duration } from "./duration.ts";
import { heartbeat } from "./heartbeat.ts";
import type { Progress, Screen } from "./progress.ts";
import { type RunningStage, RunningStages } from "./running.ts";
import { size } from "./size.ts";

/** At most one progress line per stage in this time, in milliseconds. */
const PROGRESS_EVERY_MS = 3_000;

/** Writes one line an event; progress at intervals, and a sign of life in a silence. */
export function plainProgress(screen: Screen, isBatch = false): Progress {
  const running = new RunningStages(isBatch);
  const startedMs = screen.now();
  const progressMs = new Map<RunningStage, number>();
  const write = (text: string): void => {
    beat.wrote();
    screen.write(`[${((screen.now() - startedMs) / 1000).toFixed(1).padStart(7)}] ${text}\n`);
  };
  const label = (vm: string, stage: string): string =>
    running.severalMachines && vm !== "" ? `${vm} ${stage}` : stage;
  const beat = heartbeat(screen, () => {
    for (const stage of running.list) {
      write(`${label(stage.vm, stage.stage)}: ${alive(stage, screen.now())}`);
    }
  });
  return {
    emit(event): void {
      const stage = running.apply(event, screen.now());
      if (event.type === "progress") {
        const last = stage === undefined ? undefined : progressMs.get(stage) ?? stage.startedMs;
        if (stage === undefined || screen.now() - last! < PROGRESS_EVERY_MS) return;
        progressMs.set(stage, screen.now());
        write(`${label(event.vm, event.stage)}: ${amountText(stage, screen.now())}`);
        return;
      }
      write(line(event, label));
    },
    log: (level, text) => write(`${level}: ${text}`),
    [Symbol.dispose]: () => beat[Symbol.dispose](),
  };
}

function line(
  event: Exclude<RunEvent, { type: "progress" }>,
  label: (vm: string, stage: string) => string,
): string {
  switch (event.type) {
    case "stage-start":
      return `${label(event.vm, event.stage)}: ${event.title}`;
    case "activity":
      return `${label(event.vm, event.stage)}: ${event.message}`;
    case "milestone":
      return `${label(event.vm, "prove")}: ${event.name} after ${duration(event.atMs)}`;
    case "concern":
      return `${event.concern.severity}: ${event.concern.message}`;
    case "stage-end":
      return `${label(event.vm, event.stage)}: ${event.status} in ${duration(event.elapsedMs)}` +
        // The error of a failed stage comes at the end, with its hint.
        (event.summary === "" || event.status === "failed" ? "" : ` (${event.summary})`);
  }
}

function alive(stage: RunningStage, nowMs: number): string {
  if (stage.amount(nowMs) !== undefined) return amountText(stage, nowMs);
  const message = stage.message === "" ? "still running" : stage.message;
  return `${message}, ${duration(nowMs - stage.startedMs)} so far`;
}

function amountText(stage: RunningStage, nowMs: number): string {
  const amount = stage.amount(nowMs)!;
  const percent = amount.totalBytes === 0 ? 100 : Math.floor(100 * amount.doneBytes / amount.totalBytes);
  const rate = amount.bytesPerSecond === 0 ? "" : `, ${size(amount.bytesPerSecond)}/s`;
  const left = amount.leftMs === undefined ? "" : `, ${clock(amount.leftMs)} left`;
  return `${percent} %, ${size(amount.doneBytes)} of ${size(amount.totalBytes)}${rate}${left}`;
}
