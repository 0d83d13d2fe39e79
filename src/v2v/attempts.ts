/**
 * Starting virt-v2v again after a failure that may pass: a lock, the network, the appliance.
 *
 * @module
 */
import pRetry from "p-retry";
import { cancelled } from "../model/error.ts";
import { isPassing } from "./failures.ts";

/** How often, and when. */
export interface AttemptOptions {
  /** How often it is started again. */
  readonly retries: number;
  /** Pause before the second attempt, in milliseconds; it doubles, up to a minute, and is up to twice as long by chance. */
  readonly pauseMs?: number;
  /** Ends the pause, and no further attempt begins. */
  readonly signal: AbortSignal;
  /** Hears of a failure after which another attempt comes. */
  readonly onRetry: (error: Error) => void;
}

const PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Does the work, again after each failure that may pass.
 *
 * @throws what the last attempt threw; `run/cancelled`
 */
export async function withAttempts<T>(work: () => Promise<T>, options: AttemptOptions): Promise<T> {
  const { retries, pauseMs = PAUSE_MS, signal, onRetry } = options;
  if (signal.aborted) throw cancelled();
  try {
    return await pRetry(work, {
      retries,
      minTimeout: pauseMs,
      maxTimeout: LONGEST_PAUSE_MS,
      randomize: true,
      signal,
      shouldRetry: ({ error }) => isPassing(error),
      onFailedAttempt: ({ error, retriesLeft }) => {
        if (retriesLeft > 0 && isPassing(error)) onRetry(error);
      },
    });
  } catch (error) {
    if (signal.aborted) throw cancelled();
    throw error;
  }
}
