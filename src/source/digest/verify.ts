/**
 * Compares files with the digests that came with them, each in a thread of its own.
 *
 * @module
 */
import type { Digest } from "../../model/digest.ts";
import { cancelled, MigrateError } from "../../model/error.ts";
import type { Budget } from "../../run/budget.ts";
import { HASH } from "../../run/costs.ts";
import { ask } from "../worker/ask.ts";

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
  if (signal.aborted) throw cancelled();
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    type: "module",
    name: "digest",
    deno: { permissions: { read: [digest.path] } },
  });
  const answer = await ask<string>(worker, digest, { signal });
  const reason = "refusal" in answer
    ? `${digest.name} cannot be read: ${answer.refusal.message}`
    : answer.value === digest.expected
    ? null
    : `the ${digest.algorithm.toUpperCase()} of ${digest.name} is not the one in the manifest`;
  if (reason === null) return;
  throw new MigrateError("source/damaged", `Cannot use ${digest.path}: ${reason}.`, {
    hint: "Copy or export it again. --no-verify-manifest reads it as it is.",
  });
}
