import { assertEquals } from "@std/assert";
import { v2vConcurrency } from "../../src/v2v/concurrency.ts";

const GIB = 1024 ** 3;

Deno.test("v2vConcurrency() is the smallest of jobs, processors and memory, at least one", () => {
  const of = (jobs: number, cpus: number, gib: number): number =>
    v2vConcurrency(jobs, { cpus, availableBytes: gib * GIB });
  assertEquals([of(3, 8, 64), of(9, 4, 64), of(9, 8, 7), of(9, 8, 1), of(0, 8, 8)], [3, 4, 3, 1, 1]);
});
