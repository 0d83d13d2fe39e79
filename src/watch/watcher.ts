/**
 * The watcher: what arrives in a folder is queued when it is complete, converted, and put away. A watcher that was
 * killed goes on where it was when it is started again.
 *
 * @module
 */
import { join } from "@std/path";
import { MigrateError } from "../model/error.ts";
import type { EventSink } from "../model/event.ts";
import type { Budget } from "../run/budget.ts";
import { Completeness } from "./completeness.ts";
import { convertArrival } from "./convert_arrival.ts";
import { putAway } from "./put_away.ts";
import type { Queue, QueueItem } from "./queue.ts";
import { type Candidate, scan } from "./scan.ts";
import { Doing, type PendingFile, statusItems, writeStatus } from "./status.ts";
import type { Template } from "./template.ts";
import { Wake } from "./wake.ts";

/** What a watcher needs. */
export interface WatcherOptions {
  /** Absolute path of the folder. */
  readonly folder: string;
  /** Its queue. */
  readonly queue: Queue;
  /** The options that hold now; read anew for each arrival. */
  readonly template: () => Template;
  /** Whether to end when everything that is complete has been converted. */
  readonly once: boolean;
  /** What all conversions share of the host. */
  readonly budget: Budget;
  /** Aborted on Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Receives the events of the conversions. */
  readonly emit: EventSink;
  /** Tells the user something. */
  readonly say: (text: string) => void;
  /** Called after every change, to publish the numbers. */
  readonly onChange: () => Promise<void>;
}

/** How often the program may end in the middle of one arrival before that is not tried again. */
const MAX_INTERRUPTIONS = 5;
/** The shortest pause between two looks, in milliseconds. */
const MIN_PAUSE_MS = 50;

/** Watches one folder. */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #completeness = new Completeness();
  readonly #doing = new Doing();
  readonly #running = new Map<number, Promise<void>>();
  /** When the last look began. */
  #lookedMs = 0;
  /** When what the first look found is complete, should nothing change. */
  #settledMs: number | undefined;
  #pending: readonly PendingFile[] = [];
  #notices = "";
  #failures = 0;

  /** Prepares a watcher; nothing is read yet. */
  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  /** Watches until it is stopped, or with `once` until nothing is left to do; returns how many arrivals failed. */
  async run(): Promise<number> {
    const { folder, signal, once } = this.#options;
    const wake = new Wake(folder, (path) => this.#completeness.movedIn(path));
    const stop = (): void => wake.ring();
    signal.addEventListener("abort", stop);
    try {
      this.#notices = wake.obstacle === undefined
        ? "the kernel reports changes"
        : `polling (${wake.obstacle})`;
      await this.#recover();
      while (!signal.aborted) {
        await this.#look();
        this.#startWork(wake);
        await this.#publish();
        if (once && this.#isIdle()) break;
        await wake.wait(this.#pauseMs());
      }
      await Promise.all(this.#running.values());
      await this.#publish();
    } finally {
      signal.removeEventListener("abort", stop);
      wake[Symbol.dispose]();
      await wake.closed();
    }
    return this.#failures;
  }

  /** Puts right what a killed watcher left: what was at work waits again, what had ended is put away. */
  async #recover(): Promise<void> {
    const { queue, say } = this.#options;
    for (const item of queue.recover()) {
      if (item.interruptions < MAX_INTERRUPTIONS) {
        say(`${item.path}: going on where the last run stopped.`);
        continue;
      }
      const summary = `The program ended ${item.interruptions} times in the middle of it.`;
      queue.settle(item.id, { state: "failed", summary, code: "run/internal" });
      this.#failures += 1;
    }
    for (const item of queue.items()) {
      if (item.isPutAway || isActive(item)) continue;
      await this.#putAway(item);
    }
  }

  async #look(): Promise<void> {
    const { folder, queue, template, say } = this.#options;
    const { job, output } = template();
    this.#lookedMs = Date.now();
    const active = new Set(queue.items().filter(isActive).map((one) => one.path));
    const candidates = (await scan(folder, new Set([output]))).filter((one) => !active.has(one.path));
    const { complete, pending } = await this.#completeness.sort(
      folder,
      candidates,
      job.settle * 1000,
      this.#lookedMs,
    );
    // What is new at a later look is for the next run, or this one would never end.
    this.#settledMs ??= this.#lookedMs + Math.max(0, ...pending.map((one) => one.settlesInMs ?? 0));
    this.#pending = pending.map(({ candidate, reason }) => ({ path: candidate.path, reason }));
    for (const candidate of complete) {
      const item = queue.add({ ...candidate, files: filesOf(candidate), name: this.#freeName(candidate) });
      if (item !== null) say(`${item.path}: complete, in the queue.`);
    }
  }

  /** Two arrivals of one name get an output folder each. */
  #freeName({ name, path }: Candidate): string {
    const taken = new Set(
      this.#options.queue.items().filter((one) => one.path !== path).map((one) => one.name),
    );
    for (let count = 1, free = name;; free = `${name}-${++count}`) if (!taken.has(free)) return free;
  }

  #startWork(wake: Wake): void {
    const { queue, template } = this.#options;
    const atOnce = template().job.max_vms ?? navigator.hardwareConcurrency;
    while (this.#running.size < atOnce) {
      const item = queue.take(Date.now());
      if (item === null) return;
      const work = this.#work(item).finally(() => {
        this.#running.delete(item.id);
        wake.ring();
      });
      this.#running.set(item.id, work);
    }
  }

  async #work(item: QueueItem): Promise<void> {
    const { folder, queue, template, budget, signal, emit, say } = this.#options;
    const outcome = await convertArrival({
      ...{ folder, queue, item, template: template(), budget, signal },
      emit: (event) => {
        this.#doing.take(item.id, event);
        emit(event);
      },
    });
    this.#doing.end(item.id);
    queue.settle(item.id, outcome);
    if (outcome.state === "waiting") {
      if (outcome.code === undefined) return;
      const at = new Date(outcome.notBeforeMs ?? 0).toISOString();
      return say(`${item.path}: ${outcome.summary.split("\n")[0]} It is tried again at ${at}.`);
    }
    if (outcome.state === "failed") this.#failures += 1;
    say(`${item.path}: ${outcome.state === "done" ? "done" : `${outcome.state}: ${outcome.summary}`}`);
    await this.#putAway({ ...item, state: outcome.state, summary: outcome.summary });
  }

  async #putAway(item: QueueItem): Promise<void> {
    const { folder, queue, say } = this.#options;
    try {
      await putAway(folder, item);
      queue.putAway(item.id);
    } catch (error) {
      // What cannot be moved is known by its identity, and not converted again.
      say(`${item.path}: it stays where it is: ${(error as Error).message}`);
    }
  }

  /** Whether everything that was complete when the watcher started has ended. */
  #isIdle(): boolean {
    const { queue } = this.#options;
    const isSettled = this.#lookedMs >= (this.#settledMs ?? Infinity);
    // A retry is for the next run; one that waits for its twin is not.
    const isDue = queue.items().some((one) =>
      one.state === "waiting" && (one.notBeforeMs <= Date.now() || one.code === undefined)
    );
    return isSettled && this.#running.size === 0 && !isDue;
  }

  #pauseMs(): number {
    const { queue, template, once } = this.#options;
    const { poll, settle } = template().job;
    const dueMs = queue.items().filter((one) => one.state === "waiting" && one.notBeforeMs > Date.now())
      .map((one) => one.notBeforeMs - Date.now());
    const settleMs = this.#pending.length > 0 || once ? [settle * 1000] : [];
    return Math.max(MIN_PAUSE_MS, Math.min(poll * 1000, ...dueMs, ...settleMs));
  }

  async #publish(): Promise<void> {
    const { folder, queue, template, signal, onChange } = this.#options;
    await writeStatus({
      schemaVersion: 1,
      folder,
      output: template().output,
      ...(signal.aborted ? {} : { pid: Deno.pid }),
      updatedAt: new Date().toISOString(),
      notices: this.#notices,
      pending: this.#pending,
      items: statusItems(queue, this.#doing),
    });
    await onChange();
  }
}

const isActive = ({ state }: QueueItem): boolean => state === "waiting" || state === "running";

function filesOf({ path, files }: Candidate): { path: string; sizeBytes: number; mtimeMs: number }[] {
  return files.toSorted((one, other) => Number(other.path === path) - Number(one.path === path));
}

/**
 * Refuses a folder that cannot be watched.
 *
 * @throws {MigrateError} `usage/bad-value`, `source/missing`
 */
export async function requireFolder(folder: string, output: string): Promise<void> {
  try {
    if (!(await Deno.stat(folder)).isDirectory) {
      throw new MigrateError("usage/bad-value", `Cannot watch ${folder}: it is a file.`);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new MigrateError("source/missing", `Cannot watch ${folder}: there is no such folder.`, {
      hint: `Make it: mkdir -p ${join(folder)}`,
      cause: error,
    });
  }
  if (folder === output) {
    throw new MigrateError("usage/bad-value", `Cannot watch ${folder}: the output would go there, too.`, {
      hint: "Name another output folder with -o.",
    });
  }
}
