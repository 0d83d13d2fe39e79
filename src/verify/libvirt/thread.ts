/**
 * The one thread of this process that runs libvirt's event loop, shared by all boot proofs: started with the first
 * machine, ended with the last.
 *
 * @module
 */
import type { VirtFailure } from "../../libvirt/errors.ts";
import type { GuestAnswers, GuestCall, GuestMessage, GuestRequest } from "./messages.ts";

/** A call to libvirt that failed on the thread. */
export class VirtCallError extends Error {
  /** Name of the class, as errors print it. */
  override readonly name = "VirtCallError";
  /** libvirt's own words and numbers. */
  readonly failure: VirtFailure;

  /** Wraps a failure. */
  constructor(failure: VirtFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** What comes from a machine without being asked for. */
export type GuestNews = Extract<GuestMessage, { type: "text" | "end" }>;

let shared: EventThread | undefined;

/** The thread. */
class EventThread {
  readonly #worker: Worker;
  readonly #listeners = new Map<number, (news: GuestNews) => void>();
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>();
  #next = 0;

  constructor() {
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "libvirt" });
    this.#worker.onmessage = ({ data }: MessageEvent<GuestMessage>): void => this.#receive(data);
    this.#worker.onerror = (event): void => {
      event.preventDefault();
      this.#fail(event.message);
    };
  }

  add(tell: (news: GuestNews) => void): number {
    const guest = this.#next++;
    this.#listeners.set(guest, tell);
    return guest;
  }

  remove(guest: number): void {
    this.#listeners.delete(guest);
    if (this.#listeners.size > 0) return;
    this.#worker.terminate();
    if (shared === this) shared = undefined;
  }

  call(guest: number, request: GuestRequest): Promise<unknown> {
    const id = this.#next++;
    const answer = Promise.withResolvers<unknown>();
    this.#calls.set(id, answer);
    this.#worker.postMessage({ id, guest, request } satisfies GuestCall);
    return answer.promise;
  }

  #receive(message: GuestMessage): void {
    if (message.type === "text" || message.type === "end") {
      return this.#listeners.get(message.guest)?.(message);
    }
    const call = this.#calls.get(message.id);
    this.#calls.delete(message.id);
    if (message.type === "answer") call?.resolve(message.value);
    else call?.reject(new VirtCallError(message.failure));
  }

  /** A fault of our own, which ends the thread. */
  #fail(message: string): void {
    const failure = { message, action: "worker" };
    for (const call of this.#calls.values()) call.reject(new VirtCallError(failure));
    this.#calls.clear();
    for (const [guest, tell] of this.#listeners) tell({ type: "end", guest, failure: message });
    if (shared === this) shared = undefined;
  }
}

/** A machine's line to the thread. */
export class GuestLine implements Disposable {
  readonly #thread: EventThread;
  readonly #guest: number;

  /** Opens one; `tell` gets what comes without being asked for. */
  constructor(tell: (news: GuestNews) => void) {
    this.#thread = shared ??= new EventThread();
    this.#guest = this.#thread.add(tell);
  }

  /**
   * Asks.
   *
   * @throws {VirtCallError} when libvirt fails
   */
  async ask<R extends GuestRequest>(request: R): Promise<GuestAnswers[R["type"]]> {
    return await this.#thread.call(this.#guest, request) as GuestAnswers[R["type"]];
  }

  /** Closes it; the thread ends with the last one. */
  [Symbol.dispose](): void {
    this.#thread.remove(this.#guest);
  }
}
