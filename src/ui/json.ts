/**
 * Progress for programs: one JSON object a line, the event with its time (ISO 8601) in front.
 *
 * @module
 */
import type { Progress, Screen } from "./progress.ts";
import { RunningStages } from "./running.ts";
import { heartbeat } from "./heartbeat.ts";

/** Writes every event as a line; log lines come as `{"type":"log", …}`, signs of life as `activity`. */
export function jsonProgress(screen: Screen): Progress {
  const running = new RunningStages();
  const write = (value: object): void => {
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
