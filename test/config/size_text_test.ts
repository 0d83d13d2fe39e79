import { assertEquals } from "@std/assert";
import { sizeOf } from "../../src/config/size_text.ts";

Deno.test("sizeOf() reads units of 1024", () => {
  assertEquals(["512", "1K", "200M", "1.5GiB", "2 TB", "7b"].map(sizeOf), [
    512,
    1024,
    200 * 1024 ** 2,
    1.5 * 1024 ** 3,
    2 * 1024 ** 4,
    7,
  ]);
});

Deno.test("sizeOf() reads nothing else", () => {
  assertEquals(["", "M", "-1M", "1X", "1M/s"].map((text) => Number.isNaN(sizeOf(text))), Array(5).fill(true));
});
