/**
 * Time that a test moves by hand: `setInterval` and `performance.now` only.
 *
 * @module
 */

interface Interval {
  readonly everyMs: number;
  readonly call: () => void;
  dueMs: number;
}

/** Takes the place of the program's intervals and clock until it is disposed of. */
export class ManualTime implements Disposable {
  readonly #real = { setInterval, clearInterval, now: performance.now };
  readonly #intervals = new Map<number, Interval>();
  #nowMs = 0;
  #lastId = 0;

  /** Stops the clock. */
  constructor() {
    globalThis.setInterval = ((call: () => void, everyMs: number): number => {
      this.#intervals.set(++this.#lastId, { everyMs, call, dueMs: this.#nowMs + everyMs });
      return this.#lastId;
    }) as unknown as typeof setInterval;
    globalThis.clearInterval =
      ((id: number): void => void this.#intervals.delete(id)) as unknown as typeof clearInterval;
    performance.now = () => this.#nowMs;
  }

  /** Intervals that still run. */
  get intervals(): number {
    return this.#intervals.size;
  }

  /** Lets time pass, and what is due happen. */
  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#intervals.values()].filter((one) => one.dueMs <= endMs)
        .toSorted((one, other) => one.dueMs - other.dueMs)[0];
      if (due === undefined) break;
      this.#nowMs = Math.max(this.#nowMs, due.dueMs);
      due.dueMs = this.#nowMs + due.everyMs; // one that was missed is not made up for
      due.call();
    }
    this.#nowMs = endMs;
  }

  /** Lets time pass while the program is too busy for its timers. */
  stall(ms: number): void {
    this.#nowMs += ms;
  }

  /** Gives the program its own time back. */
  [Symbol.dispose](): void {
    globalThis.setInterval = this.#real.setInterval;
    globalThis.clearInterval = this.#real.clearInterval;
    performance.now = this.#real.now;
  }
}
