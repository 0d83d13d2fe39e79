import { assertEquals } from "@std/assert";
import { editDistance, suggest } from "../../src/config/suggest.ts";

Deno.test("editDistance() counts inserts, deletes, replacements and swaps", () => {
  assertEquals(
    [["", "abc"], ["plan", "plan"], ["plna", "plan"], ["convrt", "convert"], ["kitten", "sitting"]]
      .map(([from, to]) => editDistance(from!, to!)),
    [3, 0, 1, 1, 3],
  );
});

Deno.test("suggest() names the nearest word", () => {
  assertEquals(suggest("convrt", ["convert", "inspect"]), "convert");
});

Deno.test("suggest() takes a prefix of three letters", () => {
  assertEquals(suggest("comp", ["convert", "completions"]), "completions");
});

Deno.test("suggest() is silent when nothing is near", () => {
  assertEquals(suggest("frobnicate", ["convert", "inspect"]), undefined);
});
