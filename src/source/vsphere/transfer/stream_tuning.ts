/**
 * How many streams a download has where nobody says: a few at first, more as long as that makes it faster.
 *
 * @module
 */

/** How fast a download was with so many streams. */
export interface StreamSample {
  /** Streams at the same time. */
  readonly streams: number;
  /** What came, in bytes a second. */
  readonly bytesPerSecond: number;
}

/** With how many streams a download begins. */
export const FIRST_STREAMS = 1;
/** The most that it gets: a host has room for few connections of this kind. */
export const MOST_STREAMS = 8;
/** Faster by this share is faster; less is chance. */
const GAIN = 0.15;

/**
 * The number of streams after these samples, one for each number that was tried: twice as many as long as the last
 * doubling was worth it, else what was the fastest.
 */
export function nextStreams(samples: readonly StreamSample[]): number {
  const last = samples.at(-1), before = samples.at(-2);
  if (last === undefined) return FIRST_STREAMS;
  if (before !== undefined && last.bytesPerSecond < before.bytesPerSecond * (1 + GAIN)) return before.streams;
  return Math.min(MOST_STREAMS, last.streams * 2);
}

/** How long each number of streams is tried, in milliseconds. */
const TRIAL_MS = 1_000;

/** Tunes a download while it runs. */
export class StreamTuning implements Disposable {
  readonly #samples: StreamSample[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #change: (streams: number) => void;
  #streams = FIRST_STREAMS;
  #bytes = 0;
  #since = performance.now();

  /** Begins; `change` hears of another number of streams. */
  constructor(change: (streams: number) => void) {
    this.#change = change;
    this.#timer = setInterval(() => this.#sample(), TRIAL_MS);
  }

  /** Counts what has come. */
  came(bytes: number): void {
    this.#bytes += bytes;
  }

  #sample(): void {
    const now = performance.now();
    this.#samples.push({
      streams: this.#streams,
      bytesPerSecond: 1000 * this.#bytes / (now - this.#since),
    });
    const next = nextStreams(this.#samples);
    if (next <= this.#streams) clearInterval(this.#timer); // found
    [this.#streams, this.#bytes, this.#since] = [next, 0, now];
    this.#change(next);
  }

  /** Ends the tuning. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
