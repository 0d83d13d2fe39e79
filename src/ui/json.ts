/**
 * Progress for programs: one JSON object a line, the event with its time (ISO 8601) in front.
 *
 * @module
 */
import type { RunEvent } from "../model/event.ts";
import type { LogLevel, Progress, Screen } from "./progress.ts";
import { RunningStages } from "./running.ts";
import { heartbeat } from "./heartbeat.ts";

/** One line of `--progress json`: an event, or a line of the log. */
export type ProgressLine =
  & {
    /** ISO 8601. */
    readonly time: string;
  }
  & (
    | RunEvent
    | {
      readonly type: "log";
      readonly level: LogLevel;
      readonly message: string;
    }
  );

/** Omit that keeps the members of a union apart. */
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** Writes every event as a line; log lines come as `{"type":"log", …}`, signs of life as `activity`. */
export function jsonProgress(screen: Screen): Progress {
  const running = new RunningStages();
  const write = (value: DistributiveOmit<ProgressLine, "time">): void => {
    beat.wrote();
    screen.write(`${JSON.stringify({ time: new Date().toISOString(), ...value })}\n`);
  };
  const beat = heartbeat(screen, () => {
    for (const { vm, stage, startedMs } of running.list) {
      const seconds = Math.round((screen.now() - startedMs) / 1000);
      write({ type: "activity", vm, stage, message: `running for ${seconds} s` });
    }
  });
  return {
    emit(event): void {
      running.apply(event, screen.now());
      write(event);
    },
    log: (level, message) => write({ type: "log", level, message }),
    [Symbol.dispose]: () => beat[Symbol.dispose](),
  };
}
