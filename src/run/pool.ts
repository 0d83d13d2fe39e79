/**
 * A pool of Web Workers: each takes one task at a time, tells of it, asks for what only this thread has, and serves
 * the next task when it is done. `worker_task.ts` is the other end.
 *
 * @module
 */
import { cancelled, MigrateError } from "../model/error.ts";
import { plainError, revived } from "../model/plain_error.ts";
import type { FromTask, ToTask } from "./worker_task.ts";

/** What a pool needs. */
export interface PoolOptions {
  /** How many Workers there are at most; each starts when it is first needed. */
  readonly size: number;
  /** Starts one. */
  readonly start: () => Worker;
}

/** One task. */
export interface PoolTask {
  /** What the Worker gets; must survive structuredClone. */
  readonly value: unknown;
  /** Aborted on Ctrl-C: the Worker is told, and its answer is still waited for. */
  readonly signal: AbortSignal;
  /** Hears what the Worker tells. */
  readonly onTold?: (told: unknown) => void;
  /** Answers what the Worker asks. */
  readonly answer?: (question: unknown) => Promise<unknown>;
}

/** Runs tasks in Workers; ends them on dispose. */
export class WorkerPool implements Disposable {
  readonly #options: PoolOptions;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #waiting: PromiseWithResolvers<Worker>[] = [];

  /** Makes a pool; no Worker is started yet. */
  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /**
   * Runs a task in the next free Worker.
   *
   * @throws {MigrateError} what the task threw; `run/cancelled` when it had not begun; `run/internal` when its Worker
   * broke down
   */
  async run<T>(task: PoolTask): Promise<T> {
    const worker = await this.#take();
    let isSound = true;
    try {
      if (task.signal.aborted) throw cancelled();
      return await exchange<T>(worker, task);
    } catch (error) {
      isSound = !(error instanceof BrokenWorker);
      throw error;
    } finally {
      this.#giveBack(worker, isSound);
    }
  }

  async #take(): Promise<Worker> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#all.size < this.#options.size) return this.#start();
    const waiting = Promise.withResolvers<Worker>();
    this.#waiting.push(waiting);
    return await waiting.promise;
  }

  #start(): Worker {
    const worker = this.#options.start();
    this.#all.add(worker);
    return worker;
  }

  #giveBack(worker: Worker, isSound: boolean): void {
    if (!isSound) {
      worker.terminate();
      this.#all.delete(worker);
    }
    const next = this.#waiting.shift();
    if (next !== undefined) next.resolve(isSound ? worker : this.#start());
    else if (isSound) this.#idle.push(worker);
  }

  /** Ends every Worker; no task may be running. */
  [Symbol.dispose](): void {
    for (const worker of this.#all) worker.terminate();
    this.#all.clear();
  }
}

/** A Worker that ended without an answer. */
class BrokenWorker extends MigrateError {
  constructor(reason: string) {
    super("run/internal", `Cannot go on: a thread ended (${reason}).`, {
      hint: "Run the same command again: it goes on where it was.",
    });
  }
}

async function exchange<T>(worker: Worker, { value, signal, onTold, answer }: PoolTask): Promise<T> {
  const ended = Promise.withResolvers<T>();
  const send = (message: ToTask): void => worker.postMessage(message);
  const reply = async (id: number, question: unknown): Promise<void> => {
    try {
      send({ type: "answer", id, value: await answer?.(question) });
    } catch (error) {
      send({ type: "refusal", id, error: plainError(error) });
    }
  };
  worker.onmessage = ({ data }: MessageEvent<FromTask>): void => {
    if (data.type === "told") onTold?.(data.value);
    else if (data.type === "question") void reply(data.id, data.value);
    else if (data.type === "done") ended.resolve(data.value as T);
    else ended.reject(revived(data.error));
  };
  worker.onerror = (event): void => {
    event.preventDefault(); // or the whole program ends
    ended.reject(new BrokenWorker(event.message));
  };
  worker.onmessageerror = (): void => ended.reject(new BrokenWorker("it sent what cannot be read"));
  const onAbort = (): void => send({ type: "abort" });
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    send({ type: "task", value });
    return await ended.promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
