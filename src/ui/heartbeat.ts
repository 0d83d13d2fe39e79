/**
 * A sign of life when nothing was written for a while, so that no stretch over five seconds is silent.
 *
 * @module
 */
import type { Screen } from "./progress.ts";

/** How long a renderer may be silent, in milliseconds. */
export const SILENCE_MS = 3_000;
const TICK_MS = 500;

/** Calls back after a silence. */
export interface Heartbeat extends Disposable {
  /** Something was written: the silence begins anew. */
  wrote(): void;
}

/** Starts to watch for silence; does not keep the program alive. */
export function heartbeat(screen: Pick<Screen, "now">, onSilence: () => void): Heartbeat {
  let lastMs = screen.now();
  const timer = setInterval(() => {
    if (screen.now() - lastMs < SILENCE_MS) return;
    lastMs = screen.now();
    onSilence();
  }, TICK_MS);
  Deno.unrefTimer(timer);
  return {
    wrote: () => void (lastMs = screen.now()),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
