import { assertEquals, assertRejects } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { WorkerPool } from "../../src/run/pool.ts";

const never = new AbortController().signal;

/** A pool, and how many Workers it has started. */
function poolOf(size: number): { pool: WorkerPool; started: () => number } {
  let count = 0;
  const pool = new WorkerPool({
    size,
    start: () => {
      count++;
      return new Worker(new URL("../support/pool_worker.ts", import.meta.url), { type: "module" });
    },
  });
  return { pool, started: () => count };
}

Deno.test("WorkerPool.run() runs tasks in as many Workers as are needed, and each in turn", async () => {
  const { pool, started } = poolOf(2);
  using _ = pool;
  const values = ["a", "b", "c", "d", "e"];
  assertEquals(await Promise.all(values.map((value) => pool.run({ value, signal: never }))), values);
  assertEquals(started(), 2);
});

Deno.test("WorkerPool.run() passes on what the task tells, and answers what it asks", async () => {
  using pool = poolOf(1).pool;
  const told: unknown[] = [];
  const result = await pool.run({
    value: "ask",
    signal: never,
    onTold: (one) => told.push(one),
    answer: (question) => Promise.resolve(`${question}!`),
  });
  assertEquals([result, told], ["answer: question!", ["asking"]]);
});

Deno.test("WorkerPool.run() throws what answering threw when the task does not catch it", async () => {
  using pool = poolOf(1).pool;
  const answer = (): Promise<never> => Promise.reject(new MigrateError("run/busy", "Cannot write: busy."));
  const error = await assertRejects(() => pool.run({ value: "ask", signal: never, answer }), MigrateError);
  assertEquals(error.code, "run/busy");
});

Deno.test("WorkerPool.run() throws the error of the task with its code, hint and stage", async () => {
  using pool = poolOf(1).pool;
  const error = await assertRejects(
    () => pool.run({ value: "fail", signal: never }),
    MigrateError,
    "it is full",
  );
  assertEquals([error.code, error.hint, error.stage], ["space/full", "Free some space.", "copy"]);
});

Deno.test("WorkerPool.run() replaces a Worker that broke down", async () => {
  const { pool, started } = poolOf(1);
  using _ = pool;
  const broken = assertRejects(
    () => pool.run({ value: "crash", signal: never }),
    MigrateError,
    "out of order",
  );
  const next = pool.run({ value: "next", signal: never });
  assertEquals((await broken).code, "run/internal");
  assertEquals([await next, started()], ["next", 2]);
});

Deno.test("WorkerPool.run() tells the task of an abort and waits for its answer", async () => {
  using pool = poolOf(1).pool;
  const abort = new AbortController();
  const result = await pool.run({ value: "wait", signal: abort.signal, onTold: () => abort.abort() });
  assertEquals(result, "stopped tidily");
  const error = await assertRejects(() => pool.run({ value: "late", signal: abort.signal }), MigrateError);
  assertEquals(error.code, "run/cancelled");
});
