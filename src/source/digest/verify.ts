/**
 * Compares files with the digests that came with them, each in a thread of its own.
 *
 * @module
 */
import type { Digest } from "../../model/digest.ts";
import { cancelled, MigrateError } from "../../model/error.ts";
import type { Budget } from "../../run/budget.ts";
import { HASH } from "../../run/costs.ts";
import type { DigestOutcome } from "./worker.ts";

/**
 * Hashes every file, as many at once as there are processors, and as the budget grants.
 *
 * @throws {MigrateError} `source/damaged` naming the first file that differs, or `run/cancelled`
 */
export async function verifyDigests(
  digests: readonly Digest[],
  signal: AbortSignal,
  budget?: Budget,
): Promise<void> {
  const stop = new AbortController();
  const waiting = digests.values();
  const next = async (): Promise<void> => {
    for (const digest of waiting) await verify(digest, AbortSignal.any([signal, stop.signal]), budget);
  };
  const threads = Math.min(digests.length, navigator.hardwareConcurrency);
  const results = await Promise.allSettled(Array.from({ length: threads }, async () => {
    try {
      await next();
    } catch (error) {
      stop.abort();
      throw error;
    }
  }));
  const failures = results.filter((one) => one.status === "rejected").map(({ reason }) => reason);
  // The file that differs, rather than those that were stopped for it.
  if (failures.length > 0) throw failures.find((error) => error.code !== "run/cancelled") ?? failures[0];
}

async function verify(digest: Digest, signal: AbortSignal, budget?: Budget): Promise<void> {
  using _lease = await budget?.take(HASH, signal);
  const outcome = await inWorker(digest, signal);
  const reason = "reason" in outcome
    ? `${digest.name} cannot be read: ${outcome.reason}`
    : outcome.digest === digest.expected
    ? null
    : `the ${digest.algorithm.toUpperCase()} of ${digest.name} is not the one in the manifest`;
  if (reason === null) return;
  throw new MigrateError("source/damaged", `Cannot use ${digest.path}: ${reason}.`, {
    hint: "Copy or export it again. --no-verify-manifest reads it as it is.",
  });
}

async function inWorker(digest: Digest, signal: AbortSignal): Promise<DigestOutcome> {
  if (signal.aborted) throw cancelled();
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    type: "module",
    name: "digest",
    deno: { permissions: { read: [digest.path] } },
  });
  const ended = new AbortController();
  try {
    return await new Promise<DigestOutcome>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<DigestOutcome>): void => resolve(data);
      worker.onerror = (event): void => {
        event.preventDefault();
        resolve({ reason: event.message });
      };
      signal.addEventListener("abort", () => reject(cancelled()), { signal: ended.signal });
      worker.postMessage(digest);
    });
  } finally {
    ended.abort();
    worker.terminate();
  }
}
