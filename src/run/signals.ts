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
  /** Called at SIGHUP, which then does not stop the run: for a service, which reads its configuration again. */
  readonly onHangup?: () => void;
}

/** Listens for signals until it is disposed of. */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  readonly #options: InterruptOptions;
  readonly #listener = (): void => this.#receive();
  readonly #hangup: () => void;

  /** Starts to listen. */
  constructor(options: InterruptOptions = {}) {
    this.#options = options;
    this.#hangup = options.onHangup ?? this.#listener;
    for (const signal of SIGNALS) Deno.addSignalListener(signal, this.#listenerOf(signal));
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
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, this.#listenerOf(signal));
  }

  #listenerOf(signal: (typeof SIGNALS)[number]): () => void {
    return signal === "SIGHUP" ? this.#hangup : this.#listener;
  }
}
