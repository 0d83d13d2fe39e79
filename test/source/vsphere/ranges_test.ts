import { assertEquals } from "@std/assert";
import {
  addRange,
  cutRanges,
  lengthOf,
  missingRanges,
  type Range,
} from "../../../src/source/vsphere/ranges.ts";

Deno.test("addRange() joins what touches and overlaps, in any order", () => {
  const order: readonly Range[] = [[10, 20], [0, 5], [20, 30], [4, 8], [40, 40]];
  assertEquals(order.reduce<Range[]>((all, one) => addRange(all, one), []), [[0, 8], [10, 30]]);
});

Deno.test("missingRanges() is what the ranges leave", () => {
  assertEquals(missingRanges([], 10), [[0, 10]]);
  assertEquals(missingRanges([[0, 3], [5, 6]], 10), [[3, 5], [6, 10]]);
  assertEquals(missingRanges([[0, 10]], 10), []);
});

Deno.test("missingRanges() and the ranges are the whole file", () => {
  const there: Range[] = [[1, 4], [6, 7]];
  const whole = missingRanges(there, 2 ** 43).reduce<Range[]>((all, one) => addRange(all, one), there);
  assertEquals(whole, [[0, 2 ** 43]]);
});

Deno.test("cutRanges() keeps to the size of a piece", () => {
  assertEquals(cutRanges([[0, 5], [7, 9]], 2), [[0, 2], [2, 4], [4, 5], [7, 9]]);
});

Deno.test("lengthOf() adds up", () => {
  assertEquals(lengthOf([[0, 5], [7, 9]]), 7);
});
