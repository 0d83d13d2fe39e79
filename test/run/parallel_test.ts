import { assertEquals, assertRejects } from "@std/assert";
import { mapParallel } from "../../src/run/parallel.ts";

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test("mapParallel() keeps the order and the limit", async () => {
  let running = 0, most = 0;
  const results = await mapParallel([30, 1, 10, 1, 5], 2, async (ms, index) => {
    most = Math.max(most, ++running);
    await wait(ms);
    running--;
    return `${index}:${ms}`;
  });
  assertEquals([results, most], [["0:30", "1:1", "2:10", "3:1", "4:5"], 2]);
});

Deno.test("mapParallel() starts nothing after a failure, and waits for what runs", async () => {
  const done: number[] = [];
  await assertRejects(
    () =>
      mapParallel([1, 2, 3, 4], 2, async (item) => {
        await wait(item === 1 ? 1 : 20);
        if (item === 1) throw new Error("first");
        done.push(item);
      }),
    Error,
    "first",
  );
  assertEquals(done, [2]);
});
