/**
 * The interface of the queue of a watched folder: what has arrived, what became of it. A queue outlives the program.
 *
 * @module
 */
import type { FileIdentity } from "../orchestrator/journal.ts";

/** How an arrival stands. */
export type ItemState = "waiting" | "running" | "done" | "duplicate" | "failed";

/** Something that arrived and is complete. */
export interface Arrival {
  /** What is converted: path relative to the folder. */
  readonly path: string;
  /** Name of the machine and of its output folder. */
  readonly name: string;
  /** `source`: a disk or the description of a machine; `job`: a job file. */
  readonly kind: "source" | "job";
  /** Everything that belongs to it, the sidecar too: paths relative to the folder. */
  readonly files: readonly FileIdentity[];
}

/** What a conversion came to. */
export interface Outcome {
  /** How it ended; `waiting` is a retry, or a stop of the program. */
  readonly state: ItemState;
  /** What it came to, one phrase. */
  readonly summary: string;
  /** Why it failed. */
  readonly code?: string;
  /** Not before this time, in milliseconds since 1970. */
  readonly notBeforeMs?: number;
  /** False when the program was stopped: that is no attempt. */
  readonly counts?: boolean;
  /** The numbers of it. */
  readonly numbers?: ItemNumbers;
}

/** What is counted of a conversion. */
export interface ItemNumbers {
  /** Machines in it. */
  readonly machines: number;
  /** What the sources took on storage. */
  readonly sourceBytes: number;
  /** What the outputs take on storage. */
  readonly outputBytes: number;
  /** Steps and how long they took. */
  readonly steps: readonly { readonly stage: string; readonly elapsedMs: number }[];
}

/** An arrival in the queue. */
export interface QueueItem extends Arrival {
  /** Its number. */
  readonly id: number;
  /** How it stands. */
  readonly state: ItemState;
  /** How often it was tried, the running attempt included. */
  readonly attempts: number;
  /** How often the program ended in the middle of it. */
  readonly interruptions: number;
  /** ISO 8601. */
  readonly arrivedAt: string;
  /** ISO 8601: the last change of its state. */
  readonly changedAt: string;
  /** Not before this time, in milliseconds since 1970. */
  readonly notBeforeMs: number;
  /** What it came to. */
  readonly summary?: string;
  /** Why it failed. */
  readonly code?: string;
  /** Whether its files have left the folder. */
  readonly isPutAway: boolean;
  /** Hash of samples of its content. */
  readonly fingerprint?: string;
}

/** Totals over everything that a queue has seen. */
export interface QueueTotals {
  /** Arrivals by state. */
  readonly states: Readonly<Record<ItemState, number>>;
  /** Failed attempts by error code. */
  readonly failures: Readonly<Record<string, number>>;
  /** Runs and seconds by step. */
  readonly steps: Readonly<Record<string, { readonly count: number; readonly seconds: number }>>;
  /** Attempts that were made again. */
  readonly retries: number;
  /** Bytes of the sources. */
  readonly sourceBytes: number;
  /** Bytes of the outputs. */
  readonly outputBytes: number;
}

/**
 * The queue of one folder, used by one program at a time. What a method has recorded is on storage when it returns.
 */
export interface Queue extends Disposable {
  /** Adds an arrival; null when one of its path is waiting or running, or has ended and could not be put away. */
  add(arrival: Arrival): QueueItem | null;
  /** Takes the first arrival that may start at this time: it is running from now on. */
  take(nowMs: number): QueueItem | null;
  /** Records how an arrival that was taken ended. */
  settle(id: number, outcome: Outcome): void;
  /** Records that the files of an arrival have left the folder. */
  putAway(id: number): void;
  /** Records the hash of samples of its content. */
  fingerprint(id: number, fingerprint: string): void;
  /** Puts back what was running when a program ended; returns those. */
  recover(): readonly QueueItem[];
  /** Everything in the queue, in the order of arrival. */
  items(): readonly QueueItem[];
  /** Totals since the queue was made. */
  totals(): QueueTotals;
}
