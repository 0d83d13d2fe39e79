/**
 * The main thread's end of the Worker that holds a libguestfs handle: requests, answers, and the end of a
 * Worker that never started or broke down.
 *
 * @module
 */
import type { ActionArgs, ActionName, ActionResult } from "../../ffi/guestfs/actions.ts";
import { GuestfsError, type GuestfsProgress } from "../../ffi/guestfs/handle.ts";
import { LIBGUESTFS } from "../../ffi/guestfs/library.ts";
import { MigrateError } from "../model/error.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";

/** How a Worker is started. */
export interface GuestWorkerOptions {
  /** The module that it runs (default: `worker.ts`). */
  readonly module?: URL;
  /** Soname or path of libguestfs. */
  readonly library?: string;
  /** Receives the progress of transfers. */
  readonly onProgress?: (progress: GuestfsProgress) => void;
}

/** One libguestfs handle on a thread of its own. Calls run one after the other. */
export class GuestWorker implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #ready = Promise.withResolvers<bigint>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #onProgress: GuestWorkerOptions["onProgress"];
  #address = 0n;
  #nextId = 1;
  #failure: MigrateError | undefined;
  #closing = false;

  private constructor(options: GuestWorkerOptions) {
    this.#onProgress = options.onProgress;
    const name = "guestfs";
    this.#worker = options.module === undefined
      ? new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name })
      : new Worker(options.module, { type: "module", name });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>): void => this.#receive(data);
    this.#worker.onerror = (event): void => {
      event.preventDefault(); // or the whole program ends
      this.#fail(event.message);
    };
    this.#worker.onmessageerror = (): void => this.#fail("it sent a message that cannot be read");
    this.#send({ type: "open", library: options.library ?? LIBGUESTFS });
  }

  /**
   * Starts a Worker and makes a handle in it; nothing is launched.
   *
   * @throws {MigrateError} `guestfs/worker` when either fails
   */
  static async start(options: GuestWorkerOptions = {}): Promise<GuestWorker> {
    const worker = new GuestWorker(options);
    worker.#address = await worker.#ready.promise;
    return worker;
  }

  /** The address of the handle, for cancelling a transfer from this thread. */
  get address(): bigint {
    return this.#address;
  }

  /** Whether a call is running or waiting. */
  get busy(): boolean {
    return this.#pending.size > 0;
  }

  /** Whether it was told to close. */
  get closed(): boolean {
    return this.#closing;
  }

  /** Why the Worker can do no more; undefined while it can. */
  get failure(): MigrateError | undefined {
    return this.#failure;
  }

  /**
   * Runs an action of libguestfs.
   *
   * @throws {GuestfsError} when libguestfs reports a failure
   * @throws {MigrateError} `guestfs/worker` when the Worker has ended
   */
  async call<N extends ActionName>(name: N, ...args: ActionArgs<N>): Promise<ActionResult<N>> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closing) throw workerError(`cannot call ${name}: the session is closed`);
    const answer = Promise.withResolvers<unknown>();
    const id = this.#nextId++;
    this.#pending.set(id, answer);
    this.#send({ type: "call", id, name, args });
    return await answer.promise as ActionResult<N>;
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case "ready":
        return this.#ready.resolve(message.address);
      case "unavailable":
        return this.#fail(message.message);
      case "progress":
        return this.#onProgress?.(message.progress);
      case "closed":
        return this.#closed.resolve();
      case "value":
        return this.#take(message.id)?.resolve(message.value);
      case "error": {
        const { action, errno, message: text, log } = message.error;
        return this.#take(message.id)?.reject(new GuestfsError(action, errno, text, log));
      }
    }
  }

  #take(id: number): PromiseWithResolvers<unknown> | undefined {
    const answer = this.#pending.get(id);
    this.#pending.delete(id);
    return answer;
  }

  /** Ends everything that waits for the Worker: no answer will come. */
  #fail(reason: string): void {
    this.#failure ??= workerError(reason);
    this.#worker.terminate();
    this.#ready.reject(this.#failure);
    this.#closed.resolve();
    for (const answer of this.#pending.values()) answer.reject(this.#failure);
    this.#pending.clear();
  }

  /** Closes the handle after the calls before it, and ends the Worker; the second time does nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closing && this.#failure === undefined) this.#send({ type: "close" });
    this.#closing = true;
    await this.#closed.promise;
    this.#worker.terminate();
  }
}

function workerError(reason: string): MigrateError {
  return new MigrateError("guestfs/worker", `Cannot use libguestfs: ${reason.trim()}`, {
    hint: "Run hyper2kvm doctor to check libguestfs; with --debug the cause is shown in full.",
  });
}
