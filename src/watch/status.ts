/**
 * The state of a watched folder in a file, `.hyper2kvm-watch/status.json`: written while the watcher works, read by
 * `hyper2kvm status` and whatever else wants to know.
 *
 * @module
 */
import { join } from "@std/path";
import type { RunEvent } from "../model/event.ts";
import { exists } from "../run/files.ts";
import { lockHolder } from "../run/lock.ts";
import type { Queue, QueueItem } from "./queue.ts";
import { FAILED } from "./scan.ts";
import { SqliteQueue } from "./sqlite_queue.ts";

/** The folder for the watcher's own files, in the watched folder. */
export const STATE_FOLDER = ".hyper2kvm-watch";
/** The file that the queue is in. */
export const QUEUE_NAME = "queue.sqlite";
const STATUS_NAME = "status.json";

/** An arrival as the status shows it. */
export interface StatusItem extends Pick<QueueItem, "path" | "name" | "state" | "attempts" | "changedAt"> {
  /** What it came to. */
  readonly summary?: string;
  /** Why it failed. */
  readonly code?: string;
  /** ISO 8601: when it is tried again. */
  readonly notBefore?: string;
  /** What is being done. */
  readonly doing?: string;
}

/** Something that is not complete. */
export interface PendingFile {
  /** Path relative to the folder. */
  readonly path: string;
  /** Why not. */
  readonly reason: string;
}

/** A watched folder. */
export interface WatchStatus {
  /** Version of this structure. */
  readonly schemaVersion: 1;
  /** Absolute path. */
  readonly folder: string;
  /** Folder that the outputs go to. */
  readonly output: string;
  /** The process that watches it; absent when none does. */
  readonly pid?: number;
  /** ISO 8601: the last time that the watcher wrote this. */
  readonly updatedAt: string;
  /** How it learns of changes, in words. */
  readonly notices: string;
  /** Seen, but not complete. */
  readonly pending: readonly PendingFile[];
  /** In the queue, at work and ended, in the order of arrival; of the ended ones the last. */
  readonly items: readonly StatusItem[];
}

/** How many ended arrivals are shown. */
const SHOWN_ENDED = 50;

/** Follows what the machines at work are doing. */
export class Doing {
  readonly #stages = new Map<string, string>();

  /** Takes in an event of one arrival. */
  take(id: number, event: RunEvent): void {
    if (event.type === "stage-start") this.#stages.set(`${id}`, `${event.vm} ${event.stage}`.trim());
  }

  /** What an arrival is at; undefined when it is at nothing. */
  of(id: number): string | undefined {
    return this.#stages.get(`${id}`);
  }

  /** An arrival has ended. */
  end(id: number): void {
    this.#stages.delete(`${id}`);
  }
}

/** The arrivals to show. */
export function statusItems(queue: Queue, doing?: Doing): StatusItem[] {
  const items = queue.items();
  const isEnded = (one: QueueItem): boolean => !["waiting", "running"].includes(one.state);
  const ended = items.filter(isEnded).slice(-SHOWN_ENDED);
  return items.filter((one) => !isEnded(one) || ended.includes(one)).map((item) => {
    const now = doing?.of(item.id);
    return {
      ...{ path: item.path, name: item.name, state: item.state, attempts: item.attempts },
      changedAt: item.changedAt,
      ...(item.summary === undefined ? {} : { summary: item.summary }),
      ...(item.code === undefined ? {} : { code: item.code }),
      ...(item.notBeforeMs > Date.now() ? { notBefore: new Date(item.notBeforeMs).toISOString() } : {}),
      ...(now === undefined ? {} : { doing: now }),
    };
  });
}

/** Writes the status, complete or not at all. */
export async function writeStatus(status: WatchStatus): Promise<void> {
  const path = join(status.folder, STATE_FOLDER, STATUS_NAME);
  await Deno.writeTextFile(`${path}.partial`, `${JSON.stringify(status, null, 2)}\n`);
  await Deno.rename(`${path}.partial`, path);
}

/** Reads the status of a folder; null when it was never watched. */
export async function readWatchStatus(folder: string): Promise<WatchStatus | null> {
  const state = join(folder, STATE_FOLDER);
  if (!await exists(join(state, QUEUE_NAME))) return null;
  const holder = await lockHolder(folder);
  const { pid: _, ...written } = await readWritten(join(state, STATUS_NAME), folder);
  const doing = new Map(written.items.map((one) => [one.path, one.doing]));
  using queue = SqliteQueue.open(join(state, QUEUE_NAME));
  const items = statusItems(queue).map((item) => {
    if (item.state !== "running") return item;
    if (holder === null) return { ...item, summary: "stopped; the next start goes on with it" };
    const now = doing.get(item.path);
    return now === undefined ? item : { ...item, doing: now };
  });
  return { ...written, ...(holder === null ? {} : { pid: holder.pid }), items };
}

/** Whether something failed whose files are still in `failed/`: taking them out says that it is dealt with. */
export async function hasOpenFailures({ folder, items }: WatchStatus): Promise<boolean> {
  for (const { state, path } of items) {
    if (state === "failed" && await exists(join(folder, FAILED, `${path}.error.txt`))) return true;
  }
  return false;
}

async function readWritten(path: string, folder: string): Promise<WatchStatus> {
  try {
    return JSON.parse(await Deno.readTextFile(path)) as WatchStatus;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return {
      ...{ schemaVersion: 1, folder, output: "", updatedAt: "", notices: "", pending: [], items: [] },
    };
  }
}
