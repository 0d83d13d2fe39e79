import { assertEquals, assertThrows } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import type { Arrival } from "../../src/watch/queue.ts";
import { SqliteQueue } from "../../src/watch/sqlite_queue.ts";
import { TempFolder } from "../support/temp.ts";

const arrival = (path: string, mtimeMs = 1): Arrival => ({
  ...{ path, name: path, kind: "source" },
  files: [{ path, sizeBytes: 1, mtimeMs }],
});

async function withQueue(work: (queue: SqliteQueue, path: string) => void): Promise<void> {
  await using folder = await TempFolder.create();
  const path = folder.file("queue.sqlite");
  using queue = SqliteQueue.open(path);
  work(queue, path);
}

Deno.test("SqliteQueue.take() gives arrivals in order, each once", async () => {
  await withQueue((queue) => {
    for (const path of ["b", "a"]) queue.add(arrival(path));
    assertEquals([queue.take(0)?.path, queue.take(0)?.path, queue.take(0)], ["b", "a", null]);
  });
});

Deno.test("SqliteQueue.add() refuses a path that is in the queue, and takes it again when it was put away", async () => {
  await withQueue((queue) => {
    const item = queue.add(arrival("a"))!;
    assertEquals(queue.add(arrival("a", 2)), null);
    queue.take(0);
    queue.settle(item.id, { state: "failed", summary: "no", code: "disk/damaged" });
    assertEquals(queue.add(arrival("a")), null);
    queue.putAway(item.id);
    assertEquals(queue.add(arrival("a"))?.attempts, 0);
  });
});

Deno.test("SqliteQueue.take() leaves a retry alone until its time has come", async () => {
  await withQueue((queue) => {
    const { id } = queue.add(arrival("a"))!;
    queue.take(0);
    queue.settle(id, { state: "waiting", summary: "later", code: "network/failed", notBeforeMs: 1000 });
    assertEquals(queue.take(999), null);
    assertEquals(queue.take(1000)?.attempts, 2);
  });
});

Deno.test("SqliteQueue.recover() puts back what was running, which is no attempt", async () => {
  await withQueue((queue, path) => {
    queue.add(arrival("a"));
    queue.take(0);
    using second = SqliteQueue.open(path);
    assertEquals(second.recover().map((one) => [one.state, one.attempts, one.interruptions]), [[
      "waiting",
      0,
      1,
    ]]);
    assertEquals(second.take(0)?.attempts, 1);
  });
});

Deno.test("SqliteQueue.settle() takes back the attempt of a program that was stopped", async () => {
  await withQueue((queue) => {
    const { id } = queue.add(arrival("a"))!;
    queue.take(0);
    queue.settle(id, { state: "waiting", summary: "stopped", counts: false });
    assertEquals(queue.take(0)?.attempts, 1);
  });
});

Deno.test("SqliteQueue.totals() counts states, failures by code, retries, bytes and steps", async () => {
  await withQueue((queue) => {
    const { id } = queue.add(arrival("a"))!;
    const numbers = {
      ...{ machines: 1, sourceBytes: 10, outputBytes: 7 },
      steps: [{ stage: "copy", elapsedMs: 500 }],
    };
    queue.take(0);
    queue.settle(id, { state: "waiting", summary: "", code: "network/failed", numbers });
    queue.take(0);
    queue.settle(id, { state: "done", summary: "", numbers });
    const totals = queue.totals();
    assertEquals([totals.states.done, totals.failures, totals.retries], [1, { "network/failed": 1 }, 1]);
    assertEquals([totals.sourceBytes, totals.outputBytes, totals.steps], [20, 14, {
      copy: { count: 2, seconds: 1 },
    }]);
  });
});

Deno.test("SqliteQueue.open() refuses a damaged file and says what to do", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(
    folder.file("queue.sqlite"),
    "no database, but long enough to be looked at".repeat(40),
  );
  const error = assertThrows(() => SqliteQueue.open(folder.file("queue.sqlite")), MigrateError);
  assertEquals(error.code, "config/bad-file");
});
