/**
 * One budget for all that runs at the same time: processors, memory, guests and disk bandwidth. Work asks before it
 * starts and waits until it fits; what came first goes first, though small work may pass big work that waits.
 *
 * @module
 */
import { cancelled } from "../model/error.ts";

/** What a piece of work takes while it runs. */
export interface Cost {
  /** Processors that it keeps busy. */
  readonly cpus?: number;
  /** Memory in bytes. */
  readonly memoryBytes?: number;
  /** Guests that it runs: an appliance, or a boot. */
  readonly guests?: number;
  /** Runs of virt-v2v that it is. */
  readonly conversions?: number;
  /** Whether it copies a disk, and gets a share of the bandwidth. */
  readonly copies?: boolean;
}

/** How much there is of everything. */
export interface Limits {
  /** Processors. */
  readonly cpus: number;
  /** Memory in bytes. */
  readonly memoryBytes: number;
  /** Guests at the same time. */
  readonly guests: number;
  /** Runs of virt-v2v at the same time, whatever else they take; without it as many as the rest allows. */
  readonly conversions?: number;
  /** Bytes per second that all copies together may write; no limit without it. */
  readonly bytesPerSecond?: number;
}

/** What was granted; given back on dispose, which may happen more than once. */
export interface Lease extends Disposable {
  /** Bytes per second that this copy may write. */
  readonly bytesPerSecond?: number;
}

/** Grants what work asks for. */
export interface Budget {
  /**
   * Waits until the cost fits. One that is greater than all there is counts as all there is.
   *
   * @throws {MigrateError} `run/cancelled`
   */
  take(cost: Cost, signal: AbortSignal): Promise<Lease>;
}

/** How often work may be passed by smaller work that came later. */
const MAX_PASSES = 16;

interface Request {
  readonly cost: Required<Cost>;
  readonly grant: (lease: Lease) => void;
  passes: number;
}

/** The budget of this host. */
export class HostBudget implements Budget {
  readonly #limits: Limits;
  readonly #queue: Request[] = [];
  #cpus = 0;
  #memoryBytes = 0;
  #guests = 0;
  #conversions = 0;
  #bytesPerSecond = 0;

  /** Nothing is taken yet. */
  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Waits until the cost fits. */
  async take(cost: Cost, signal: AbortSignal): Promise<Lease> {
    if (signal.aborted) throw cancelled();
    const granted = Promise.withResolvers<Lease>();
    const request: Request = { cost: this.#bounded(cost), grant: granted.resolve, passes: 0 };
    const onAbort = (): void => {
      const index = this.#queue.indexOf(request);
      if (index === -1) return;
      this.#queue.splice(index, 1);
      granted.reject(cancelled());
      this.#grant();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#queue.push(request);
    this.#grant();
    try {
      return await granted.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  #bounded({ cpus = 0, memoryBytes = 0, guests = 0, conversions = 0, copies = false }: Cost): Required<Cost> {
    const limits = this.#limits;
    return {
      cpus: Math.min(cpus, limits.cpus),
      memoryBytes: Math.min(memoryBytes, limits.memoryBytes),
      guests: Math.min(guests, limits.guests),
      conversions,
      copies,
    };
  }

  #grant(): void {
    for (let index = 0; index < this.#queue.length;) {
      const request = this.#queue[index]!;
      if (!this.#fits(request.cost)) {
        if (request.passes >= MAX_PASSES) return;
        index++;
        continue;
      }
      for (const passed of this.#queue.slice(0, index)) passed.passes++;
      this.#queue.splice(index, 1);
      request.grant(this.#lease(request.cost));
    }
  }

  #fits(cost: Required<Cost>): boolean {
    const { cpus, memoryBytes, guests, conversions } = this.#limits;
    if (conversions !== undefined && cost.conversions > 0) {
      return this.#conversions + cost.conversions <= conversions;
    }
    return this.#cpus + cost.cpus <= cpus && this.#memoryBytes + cost.memoryBytes <= memoryBytes &&
      this.#guests + cost.guests <= guests &&
      (!cost.copies || this.#freeBytesPerSecond() > 0);
  }

  #freeBytesPerSecond(): number {
    return (this.#limits.bytesPerSecond ?? Infinity) - this.#bytesPerSecond;
  }

  #lease(cost: Required<Cost>): Lease {
    const share = this.#share(cost);
    this.#add(cost, share, 1);
    let isHeld = true;
    return {
      ...(share === 0 ? {} : { bytesPerSecond: share }),
      [Symbol.dispose]: (): void => {
        if (!isHeld) return;
        isHeld = false;
        this.#add(cost, share, -1);
        this.#grant();
      },
    };
  }

  /** A copy's part of what is free, when each that waits gets the same. */
  #share({ copies }: Required<Cost>): number {
    if (!copies || this.#limits.bytesPerSecond === undefined) return 0;
    const others = this.#queue.filter((one) => one.cost.copies).length;
    return Math.ceil(this.#freeBytesPerSecond() / (others + 1));
  }

  #add(
    { cpus, memoryBytes, guests, conversions }: Required<Cost>,
    bytesPerSecond: number,
    times: 1 | -1,
  ): void {
    this.#cpus += times * cpus;
    this.#memoryBytes += times * memoryBytes;
    this.#guests += times * guests;
    this.#conversions += times * conversions;
    this.#bytesPerSecond += times * bytesPerSecond;
  }
}

/** A budget without limits, for work that is alone. */
export const UNLIMITED: Budget = {
  take: (_cost, signal) =>
    signal.aborted ? Promise.reject(cancelled()) : Promise.resolve({ [Symbol.dispose]: () => {} }),
};
