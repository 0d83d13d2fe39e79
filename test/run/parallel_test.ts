import { assertEquals, assertRejects } from "@std/assert";
import { mapParallel, mapParallelByGroup } from "../../src/run/parallel.ts";

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

/** Calls that end when they are told to. */
class Calls {
  readonly begun: string[] = [];
  readonly #ends = new Map<string, PromiseWithResolvers<string>>();

  readonly call = (item: string): Promise<string> => {
    this.begun.push(item);
    this.#ends.set(item, Promise.withResolvers());
    return this.#ends.get(item)!.promise;
  };

  async end(item: string, error?: Error): Promise<void> {
    if (error === undefined) this.#ends.get(item)!.resolve(item.toUpperCase());
    else this.#ends.get(item)!.reject(error);
    await wait(0); // what waits for it goes on
  }
}

const byLetter = (item: string): string => item[0]!;

Deno.test("mapParallelByGroup() keeps the limit of each group while other groups go on", async () => {
  const calls = new Calls();
  const items = ["a1", "a2", "a3", "b1", "a4", "b2"];
  const results = mapParallelByGroup(items, byLetter, { groups: 8, perGroup: 2 }, calls.call);
  assertEquals(calls.begun, ["a1", "a2", "b1", "b2"]);
  await calls.end("b1");
  await calls.end("b2"); // the places of b are of no use to a
  assertEquals(calls.begun.slice(4), []);
  await calls.end("a2");
  assertEquals(calls.begun.slice(4), ["a3"]);
  await calls.end("a1");
  await calls.end("a4");
  await calls.end("a3");
  assertEquals(await results, ["A1", "A2", "A3", "B1", "A4", "B2"]);
});

Deno.test("mapParallelByGroup() begins another group when one has ended", async () => {
  const calls = new Calls();
  const results = mapParallelByGroup(
    ["a1", "a2", "b1", "c1"],
    byLetter,
    { groups: 2, perGroup: 1 },
    calls.call,
  );
  assertEquals(calls.begun, ["a1", "b1"]);
  await calls.end("a1");
  assertEquals(calls.begun.slice(2), ["a2"]);
  await calls.end("b1");
  assertEquals(calls.begun.slice(3), ["c1"]);
  await calls.end("a2");
  await calls.end("c1");
  assertEquals(await results, ["A1", "A2", "B1", "C1"]);
});

Deno.test("mapParallelByGroup() begins nothing more in a group that has failed", async () => {
  const calls = new Calls();
  const results = mapParallelByGroup(
    ["a1", "a2", "b1", "b2"],
    byLetter,
    { groups: 2, perGroup: 1 },
    calls.call,
  );
  const failed = assertRejects(() => results, Error, "first");
  await calls.end("a1", new Error("first"));
  await calls.end("b1");
  assertEquals(calls.begun, ["a1", "b1", "b2"]);
  await calls.end("b2");
  await failed;
});
