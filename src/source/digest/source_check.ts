/**
 * The comparison of a source with the digests that came with it, while the disks are already read: what it costs is
 * not waited for, and nothing gets its final name before it has passed.
 *
 * @module
 */
import type { Digest } from "../../model/digest.ts";
import { cancelled, type ErrorCode, MigrateError } from "../../model/error.ts";
import type { Budget } from "../../run/budget.ts";
import { verifyDigests } from "./verify.ts";

/** Failures that damaged data may cause; the others have causes of their own. */
const DOUBTFUL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "source/damaged",
  "source/unsupported",
  "disk/damaged",
  "guest/unsupported",
  "guestfs/failed",
  "tool/failed",
  "fix/failed",
  "plan/blocked",
]);

/** A comparison that is under way. */
export class SourceCheck implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #failure: Promise<unknown>;

  /** Starts it. */
  constructor(digests: readonly Digest[], signal: AbortSignal, budget?: Budget) {
    const either = AbortSignal.any([signal, this.#stop.signal]);
    this.#failure = verifyDigests(digests, either, budget).then(() => null, (error) => error);
  }

  /**
   * Waits for its end.
   *
   * @throws {MigrateError} `source/damaged` naming the file that differs, or `run/cancelled`
   */
  async passed(): Promise<void> {
    const failure = await this.#failure;
    if (failure !== null) throw failure;
  }

  /** The reason for a failure of something that reads the source: damage that this finds, or the failure itself. */
  async reasonFor(error: unknown): Promise<unknown> {
    const isDoubtful = error instanceof MigrateError && DOUBTFUL.has(error.code);
    return isDoubtful ? await this.#failure ?? error : error;
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(cancelled());
    await this.#failure;
  }
}
