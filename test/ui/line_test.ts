import { assertEquals } from "@std/assert";
import { clock, duration } from "../../src/ui/duration.ts";
import { cutTo, fitted } from "../../src/ui/line.ts";
import { wrap } from "../../src/ui/wrap.ts";

Deno.test("cutTo() counts the columns of wide characters", () => {
  assertEquals(
    [cutTo("日本語", 6, "…"), cutTo("日本語", 5, "…"), cutTo("abc", 2, "…"), cutTo("abc", 0, "…")],
    [
      "日本語",
      "日本…",
      "a…",
      "",
    ],
  );
});

Deno.test("fitted() takes the first text that fits", () => {
  assertEquals([fitted(4, ["12345", "1234", "1"]), fitted(0, ["1"])], ["1234", ""]);
});

Deno.test("wrap() breaks between words, and leaves a long word whole", () => {
  assertEquals(wrap("one two three four/five/six/seven/eight", 16), [
    "one two three",
    "four/five/six/seven/eight",
  ]);
});

Deno.test("duration() and clock() choose the unit that fits", () => {
  assertEquals([300, 9_940, 42_400, 185_000, 7_440_000].map(duration), [
    "0.3 s",
    "9.9 s",
    "42 s",
    "3 min 05 s",
    "2 h 04 min",
  ]);
  assertEquals([900, 185_000, 7_449_000].map(clock), ["0:01", "3:05", "2:04:09"]);
});
