/**
 * When what is in a watched folder is complete: unchanged for a while and written by nobody, or moved there.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import type { Candidate } from "./scan.ts";
import { openForWriting } from "./writers.ts";

/** A file that does not parse gets so many times the usual while before it counts as bad. */
const PATIENCE = 3;

/** What is not complete yet. */
export interface Pending {
  /** What was found. */
  readonly candidate: Candidate;
  /** Why it is not complete. */
  readonly reason: string;
  /** When it will be, should nothing change, in milliseconds; undefined where more than time is missing. */
  readonly settlesInMs: number | undefined;
}

/** Remembers what each candidate looked like, and since when. */
export class Completeness {
  readonly #seen = new Map<string, { readonly signature: string; readonly sinceMs: number }>();
  readonly #movedIn = new Set<string>();

  /** A file came under its name by rename(2): nothing is missing from it. Path relative to the folder. */
  movedIn(path: string): void {
    this.#movedIn.add(path);
  }

  /**
   * Sorts what a scan has found.
   *
   * @param settleMs How long a file must be unchanged
   * @returns What is complete; and of the rest, why it is not
   */
  async sort(
    folder: string,
    candidates: readonly Candidate[],
    settleMs: number,
    nowMs: number,
  ): Promise<{ complete: Candidate[]; pending: Pending[] }> {
    this.#forget(candidates);
    const pending: Pending[] = [];
    const quiet = candidates.filter((candidate) => {
      const needMs = this.#isMovedIn(candidate) ? 0 : settleMs * (candidate.isReadable ? 1 : PATIENCE);
      const quietForMs = this.#quietForMs(candidate, nowMs);
      const isQuiet = quietForMs >= needMs;
      const reason = candidate.missing.length > 0
        ? `waits for ${candidate.missing.join(", ")}`
        : isQuiet
        ? undefined
        : candidate.isReadable
        ? "still changing"
        : "it does not parse; perhaps it is still being written";
      const settlesInMs = candidate.missing.length > 0 ? undefined : needMs - quietForMs;
      if (reason !== undefined) pending.push({ candidate, reason, settlesInMs });
      return reason === undefined;
    });
    const real = await realPaths(folder, quiet);
    const written = await openForWriting(new Set(real.values()));
    const complete = quiet.filter((candidate) => {
      const open = candidate.files.find(({ path }) => written.has(real.get(path) ?? ""));
      if (open !== undefined) {
        pending.push({ candidate, reason: `a program is writing ${open.path}`, settlesInMs: undefined });
      }
      return open === undefined;
    });
    return { complete, pending };
  }

  #quietForMs({ path, files }: Candidate, nowMs: number): number {
    const signature = files.map((one) => `${one.path} ${one.sizeBytes} ${one.mtimeMs}`).join("\n");
    const before = this.#seen.get(path);
    if (before?.signature === signature) return nowMs - before.sinceMs;
    this.#seen.set(path, { signature, sinceMs: nowMs });
    return 0;
  }

  #isMovedIn({ files, isReadable }: Candidate): boolean {
    return isReadable &&
      files.every(({ path }) => this.#movedIn.has(path) || this.#movedIn.has(dirname(path)));
  }

  #forget(candidates: readonly Candidate[]): void {
    const paths = new Set(candidates.map((one) => one.path));
    const files = new Set(
      candidates.flatMap((one) => one.files.flatMap(({ path }) => [path, dirname(path)])),
    );
    for (const path of this.#seen.keys()) if (!paths.has(path)) this.#seen.delete(path);
    for (const path of this.#movedIn) if (!files.has(path)) this.#movedIn.delete(path);
  }
}

async function realPaths(folder: string, candidates: readonly Candidate[]): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  for (const { path } of candidates.flatMap((one) => one.files)) {
    try {
      paths.set(path, await Deno.realPath(join(folder, path)));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return paths;
}
