import { assertEquals } from "@std/assert";
import {
  addRange,
  insideRange,
  joinRanges,
  lengthOf,
  missingRanges,
  type Range,
  withoutRange,
} from "../../../../src/source/vsphere/transfer/ranges.ts";

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

Deno.test("joinRanges() sorts, and joins what touches", () => {
  assertEquals(joinRanges([[7, 9], [0, 3], [3, 5], [8, 12], [4, 4]]), [[0, 5], [7, 12]]);
});

Deno.test("withoutRange() cuts a range out, at the ends and in the middle", () => {
  assertEquals(withoutRange([[0, 10], [20, 30]], [5, 25]), [[0, 5], [25, 30]]);
  assertEquals(withoutRange([[0, 10]], [3, 4]), [[0, 3], [4, 10]]);
  assertEquals(withoutRange([[0, 10]], [0, 10]), []);
  assertEquals(withoutRange([[0, 10]], [10, 12]), [[0, 10]]);
});

Deno.test("insideRange() keeps what lies inside", () => {
  assertEquals(insideRange([[0, 10], [20, 30]], [5, 25]), [[5, 10], [20, 25]]);
  assertEquals(insideRange([[0, 10]], [10, 12]), []);
});

Deno.test("lengthOf() adds up", () => {
  assertEquals(lengthOf([[0, 5], [7, 9]]), 7);
});
