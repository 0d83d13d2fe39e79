/**
 * Crew: who works on the machines of a run. One at a time is worked on in this thread; several each get a Web
 * Worker, and come here for what there is once: the budget, the host, the lock of the output folder.
 *
 * @module
 */
import type { EventSink } from "../model/event.ts";
import { luksVariables } from "../guest/luks_keys.ts";
import type { HostFacts } from "../plan/host.ts";
import type { Budget, Cost, Lease } from "../run/budget.ts";
import { secretVariables } from "../run/secret_variable.ts";
import { WorkerPool } from "../run/pool.ts";
import type { Job } from "../config/schema.ts";
import { type MachineResult, migrateMachine } from "./machine.ts";
import type { Mode } from "./steps.ts";
import type { RunFolder } from "./run_folder.ts";

/** What all machines of a run share. */
export interface CrewOptions {
  /** How many machines are worked on at the same time. */
  readonly size: number;
  /** Whether each gets a Worker; not worth it for one, and for work that only waits for programs. */
  readonly inWorkers: boolean;
  /** Whether anything is written. */
  readonly mode: Mode;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Receives events. */
  readonly emit: EventSink;
  /** Grants processors, memory, guests and bandwidth. */
  readonly budget: Budget;
  /** Looks at the host, once. */
  readonly readHost: () => Promise<HostFacts>;
}

/** What a machine's Worker gets. */
export interface MachineTask {
  /** What is asked for. */
  readonly job: Job;
  /** Whether anything is written. */
  readonly mode: Mode;
  /** The output folder; none for a plan. */
  readonly folder?: { readonly path: string; readonly hasJournal: boolean };
  /** The variables that hold its keys. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What a machine's Worker asks. */
export type MachineQuestion =
  | { readonly ask: "host" }
  | { readonly ask: "lease"; readonly cost: Cost }
  | { readonly ask: "hold" }
  | { readonly ask: "make" };

/** What a machine's Worker tells. */
export type MachineTold =
  | { readonly tell: "event"; readonly event: Parameters<EventSink>[0] }
  | { readonly tell: "release"; readonly lease: number };

/** A granted lease, as a Worker hears of it. */
export interface ToldLease {
  /** Its number. */
  readonly id: number;
  /** Bytes per second that this copy may write. */
  readonly bytesPerSecond?: number;
}

/** Works on machines; its Workers end on dispose. */
export class Crew implements Disposable {
  readonly #options: CrewOptions;
  readonly #pool: WorkerPool | undefined;

  /** Makes a crew; no Worker is started yet. */
  constructor(options: CrewOptions) {
    this.#options = options;
    if (!options.inWorkers) return;
    this.#pool = new WorkerPool({
      size: options.size,
      start: () =>
        new Worker(new URL("./machine_worker.ts", import.meta.url), { type: "module", name: "machine" }),
    });
  }

  /** How many machines are worked on at the same time. */
  get size(): number {
    return this.#options.size;
  }

  /** Takes a machine through the pipeline. */
  async migrate(job: Job, folder: RunFolder | undefined): Promise<MachineResult> {
    const { size: _size, inWorkers: _inWorkers, ...shared } = this.#options;
    if (this.#pool !== undefined) return await this.#inWorker(this.#pool, job, folder);
    return await migrateMachine({ ...shared, job, ...(folder === undefined ? {} : { folder }) });
  }

  async #inWorker(pool: WorkerPool, job: Job, folder: RunFolder | undefined): Promise<MachineResult> {
    const { mode, signal, emit } = this.#options;
    const leases = new Map<number, Lease>();
    const place = folder === undefined
      ? {}
      : { folder: { path: folder.path, hasJournal: folder.journal !== undefined } };
    const secrets = secretVariables(luksVariables(job.luks_key));
    const value: MachineTask = { job, mode, ...place, secrets };
    try {
      return await pool.run<MachineResult>({
        value,
        signal,
        onTold: (told) => {
          const message = told as MachineTold;
          if (message.tell === "event") emit(message.event);
          else leases.get(message.lease)?.[Symbol.dispose]();
        },
        answer: (question) => this.#answer(question as MachineQuestion, folder, leases),
      });
    } finally {
      // Also those of a Worker that broke down.
      for (const lease of leases.values()) lease[Symbol.dispose]();
    }
  }

  async #answer(
    question: MachineQuestion,
    folder: RunFolder | undefined,
    leases: Map<number, Lease>,
  ): Promise<HostFacts | ToldLease | undefined> {
    const { budget, signal, readHost } = this.#options;
    switch (question.ask) {
      case "host":
        return await readHost();
      case "hold":
        return void await folder?.hold();
      case "make":
        return void await folder?.make();
      case "lease": {
        const lease = await budget.take(question.cost, signal);
        const id = leases.size;
        leases.set(id, lease);
        const { bytesPerSecond } = lease;
        return { id, ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }) };
      }
    }
  }

  /** Ends the Workers. */
  [Symbol.dispose](): void {
    this.#pool?.[Symbol.dispose]();
  }
}
