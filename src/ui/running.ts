/**
 * What is running now, by the events so far: the state behind the terminal and the plain renderer.
 *
 * @module
 */
import type { RunEvent } from "../model/event.ts";
import type { Stage } from "../model/stage.ts";

/** How far a stage has come. */
export interface Amount {
  /** Bytes done, all disks. */
  readonly doneBytes: number;
  /** Bytes to do, all disks that were named so far. */
  readonly totalBytes: number;
  /** Bytes per second over the last seconds; 0 while unknown. */
  readonly bytesPerSecond: number;
  /** Milliseconds left at that rate; undefined while unknown. */
  readonly leftMs: number | undefined;
}

/** How far back the rate looks, in milliseconds. */
const RATE_WINDOW_MS = 5_000;

/** One running stage of one machine. */
export class RunningStage {
  /** What was said last about it. */
  message = "";
  readonly #disks = new Map<number, { doneBytes: number; totalBytes: number }>();
  readonly #samples: { atMs: number; doneBytes: number }[] = [];

  /** Begins at `startedMs` of the same clock that later calls use. */
  constructor(
    /** The machine. */
    readonly vm: string,
    /** The stage. */
    readonly stage: Stage,
    /** What it does, for people. */
    readonly title: string,
    /** When it began. */
    readonly startedMs: number,
  ) {}

  /** Takes in the progress of one disk. */
  advance(disk: number, doneBytes: number, totalBytes: number, nowMs: number): void {
    this.#disks.set(disk, { doneBytes, totalBytes });
    const all = this.#sum();
    this.#samples.push({ atMs: nowMs, doneBytes: all.doneBytes });
    while (this.#samples.length > 2 && nowMs - this.#samples[1]!.atMs > RATE_WINDOW_MS) this.#samples.shift();
  }

  /** How far it has come; undefined for a stage that counts no bytes. */
  amount(nowMs: number): Amount | undefined {
    const oldest = this.#samples[0];
    if (oldest === undefined) return undefined;
    const { doneBytes, totalBytes } = this.#sum();
    const since = this.#samples.length > 1 ? oldest : { atMs: this.startedMs, doneBytes: 0 };
    const elapsedMs = Math.max(nowMs - since.atMs, 1);
    const bytesPerSecond = elapsedMs < 500 ? 0 : (doneBytes - since.doneBytes) * 1000 / elapsedMs;
    const leftMs = bytesPerSecond > 0 ? (totalBytes - doneBytes) * 1000 / bytesPerSecond : undefined;
    return { doneBytes, totalBytes, bytesPerSecond, leftMs };
  }

  #sum(): { doneBytes: number; totalBytes: number } {
    let doneBytes = 0, totalBytes = 0;
    for (const disk of this.#disks.values()) {
      doneBytes += disk.doneBytes;
      totalBytes += disk.totalBytes;
    }
    return { doneBytes, totalBytes };
  }
}

/** The stages that run now, in the order in which they began. */
export class RunningStages {
  readonly #stages: RunningStage[] = [];
  readonly #names = new Set<string>();
  readonly #isBatch: boolean;

  /** Begins with nothing; in a batch every line names its machine, also while only one is known. */
  constructor(isBatch = false) {
    this.#isBatch = isBatch;
  }

  /** The running stages. */
  get list(): readonly RunningStage[] {
    return this.#stages;
  }

  /** Whether lines must say which machine they are about. */
  get severalMachines(): boolean {
    return this.#isBatch || this.#names.size > 1;
  }

  /** The names of the machines so far. */
  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** Takes in an event; returns the stage that it is about. */
  apply(event: RunEvent, nowMs: number): RunningStage | undefined {
    if (event.vm !== "") this.#names.add(event.vm);
    if (event.type === "stage-start") {
      const stage = new RunningStage(event.vm, event.stage, event.title, nowMs);
      this.#stages.push(stage);
      return stage;
    }
    const index = this.#find(event);
    const stage = this.#stages[index];
    if (stage === undefined) return undefined;
    if (event.type === "progress") stage.advance(event.disk, event.doneBytes, event.totalBytes, nowMs);
    if (event.type === "activity") stage.message = event.message;
    if (event.type === "milestone") stage.message = `${event.name} reached`;
    if (event.type === "stage-end") this.#stages.splice(index, 1);
    return stage;
  }

  /**
   * The name of a machine can become known while a stage runs, so a nameless stage matches any; a word about a
   * stage that was not announced goes to the one that runs.
   */
  #find(event: RunEvent): number {
    const wanted = event.type === "milestone" ? "prove" : "stage" in event ? event.stage : undefined;
    const sameMachine = (one: RunningStage): boolean =>
      one.vm === event.vm || one.vm === "" || event.vm === "";
    const exact = this.#stages.findIndex((one) => one.stage === wanted && sameMachine(one));
    const isWord = event.type === "activity" || event.type === "milestone";
    return exact === -1 && isWord ? this.#stages.findLastIndex(sameMachine) : exact;
  }
}
