import { assertEquals, assertThrows } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { promptSecret } from "@std/cli/prompt-secret";
import { unicodeWidth } from "@std/cli/unicode-width";
import { TextLineStream } from "@std/streams/text-line-stream";
import { toText } from "@std/streams/to-text";
import { parse, stringify } from "@std/yaml";

// These must hold for the stand-ins and, without the `links` of deno.json, for the packages themselves.

Deno.test("parseArgs() follows upstream where minimist differs", () => {
  const { o: _o, ...parsed } = parseArgs([
    "a",
    "7",
    "-o",
    "x",
    "-o",
    "y",
    "--no-keep",
    "--arg=--v",
    "--",
    "-z",
  ], {
    boolean: ["keep", "absent"],
    string: ["_", "output", "arg"],
    collect: ["arg"],
    negatable: ["keep"],
    alias: { output: "o" },
  });
  assertEquals<unknown>(parsed, {
    _: ["a", "7", "-z"],
    output: "y",
    keep: false,
    absent: false,
    arg: ["--v"],
  });
});

Deno.test({
  name: "promptSecret() asks nobody where standard input is no terminal",
  ignore: Deno.stdin.isTerminal(),
  fn: () => assertEquals(promptSecret("Secret:"), null),
});

Deno.test("parseArgs() hands what it does not know to unknown()", () => {
  const seen: unknown[] = [];
  parseArgs(["p", "--x=1", "--no-y", "-k"], {
    boolean: ["k"],
    unknown: (arg, key, value) => {
      seen.push([arg, key, value].filter((one) => one !== undefined));
      return false;
    },
  });
  assertEquals(seen.sort(), [["--no-y", "no-y", true], ["--x=1", "x", "1"], ["p"]]);
});

Deno.test("unicodeWidth() counts columns", () => {
  assertEquals([unicodeWidth("abc"), unicodeWidth("日本")], [3, 4]);
});

Deno.test("TextLineStream splits at \\n and \\r\\n across chunks, and at \\r where allowed", async () => {
  const lines = async (chunks: string[], allowCR: boolean): Promise<string[]> =>
    await Array.fromAsync(ReadableStream.from(chunks).pipeThrough(new TextLineStream({ allowCR })));
  assertEquals(await lines(["a\r", "\nb\rc\n\nd"], false), ["a", "b\rc", "", "d"]);
  assertEquals(await lines(["1\r2", "\r3\r", "\n4\r"], true), ["1", "2", "3", "4"]);
});

Deno.test("toText() reads bytes cut inside a character", async () => {
  const bytes = new TextEncoder().encode("hé");
  assertEquals(await toText(ReadableStream.from([bytes.slice(0, 2), bytes.slice(2)])), "hé");
});

Deno.test("parse() and stringify() read and write YAML", () => {
  const value = { name: "db", list: ["a", 1, true, null], deep: { a: "x: y" } };
  assertEquals(parse(stringify(value)), value);
  assertEquals(parse(""), null);
  for (const bad of ["a: [1", "a: 1\na: 2"]) assertThrows(() => parse(bad), SyntaxError);
});
