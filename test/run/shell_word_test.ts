import { assertEquals } from "@std/assert";
import { shellWord } from "../../src/run/shell_word.ts";

Deno.test("shellWord() quotes what a shell would split", () => {
  assertEquals([shellWord("a/b.xml"), shellWord("it's"), shellWord("a b")], [
    "a/b.xml",
    `'it'\\''s'`,
    "'a b'",
  ]);
});
