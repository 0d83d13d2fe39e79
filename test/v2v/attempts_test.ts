import { assert, assertEquals, assertRejects } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { withAttempts } from "../../src/v2v/attempts.ts";
import { PassingFailure } from "../../src/v2v/failures.ts";

/** Fails so many times, then succeeds. */
function failing(times: number, error: () => Error): { calls: number; work: () => Promise<string> } {
  const state = {
    calls: 0,
    work: (): Promise<string> => ++state.calls > times ? Promise.resolve("done") : Promise.reject(error()),
  };
  return state;
}

const passing = (): Error => new PassingFailure("network/failed", "Connection refused");
const options = (retries: number, retried: string[] = []) => ({
  retries,
  pauseMs: 1,
  signal: new AbortController().signal,
  onRetry: ({ message }: Error): void => void retried.push(message),
});

Deno.test("withAttempts() tries again after a failure that may pass, and says so", async () => {
  const twice = failing(2, passing);
  const retried: string[] = [];
  assertEquals(await withAttempts(twice.work, options(2, retried)), "done");
  assertEquals([twice.calls, retried.length], [3, 2]);
});

Deno.test("withAttempts() gives up after so many retries, with the last failure", async () => {
  const often = failing(9, passing);
  const retried: string[] = [];
  await assertRejects(() => withAttempts(often.work, options(2, retried)), PassingFailure, "refused");
  assertEquals([often.calls, retried.length], [3, 2]);
});

Deno.test("withAttempts() does not try a permanent failure again", async () => {
  const once = failing(1, () => new MigrateError("guest/unsupported", "no system"));
  await assertRejects(() => withAttempts(once.work, options(5)), MigrateError, "no system");
  assertEquals(once.calls, 1);
});

Deno.test("withAttempts() ends the pause when it is cancelled", async () => {
  const abort = new AbortController();
  const often = failing(9, passing);
  const onRetry = (): void => abort.abort();
  const error = await assertRejects(
    () => withAttempts(often.work, { retries: 5, pauseMs: 60_000, signal: abort.signal, onRetry }),
    MigrateError,
  ) as MigrateError;
  assertEquals([error.code, often.calls], ["run/cancelled", 1]);
  assert(error instanceof MigrateError);
});
