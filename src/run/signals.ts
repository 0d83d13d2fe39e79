/**
 * Ctrl-C, SIGTERM and SIGHUP: the first one asks the run to stop, the second one ends the program.
 *
 * @module
 */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What happens beside the abort. */
export interface InterruptOptions {
  /** Called at the first signal, to tell the user. */
  readonly onFirst?: () => void;
  /** Ends the program at the second signal; for tests. */
  readonly exit?: (status: number) => void;
}

/** Listens for signals until it is disposed of. */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  readonly #options: InterruptOptions;
  readonly #listener = (): void => this.#receive();

  /** Starts to listen. */
  constructor(options: InterruptOptions = {}) {
    this.#options = options;
    for (const signal of SIGNALS) Deno.addSignalListener(signal, this.#listener);
  }

  /** Aborted at the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  #receive(): void {
    if (this.signal.aborted) {
      (this.#options.exit ?? Deno.exit)(130);
      return;
    }
    this.#controller.abort();
    this.#options.onFirst?.();
  }

  /** Stops listening: a signal then has its usual effect. */
  [Symbol.dispose](): void {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, this.#listener);
  }
}
