import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import {
  barFraction,
  copiedDisk,
  messageConcerns,
  parseMessage,
  type V2VMessage,
  withoutBars,
} from "../../src/v2v/messages.ts";
import { v2vError } from "../../src/v2v/run.ts";

/** What virt-v2v 2.2.0 wrote to its messages file for the plain test guest. */
async function captured(): Promise<V2VMessage[]> {
  const text = await Deno.readTextFile(new URL("../testdata/v2v/messages.jsonl", import.meta.url));
  return text.trimEnd().split("\n").map((line) => parseMessage(line)!);
}

Deno.test("parseMessage() reads every line of a real run", async () => {
  const messages = await captured();
  assertEquals(messages.length, 16);
  assert(messages.every((message) => message !== null));
  assertEquals(messages[1], { type: "message", text: "Opening the source" });
});

Deno.test("parseMessage() reads progress, and ignores what is neither", () => {
  assertEquals(parseMessage("33/100"), { type: "progress", fraction: 0.33 });
  for (const line of ["", "0/0", "[   0.0] Opening", '{ "message": "cut o', '{ "type": "message" }']) {
    assertEquals(parseMessage(line), null, line);
  }
});

Deno.test("messageConcerns() makes concerns of warnings and remarks, each once", async () => {
  const messages = await captured();
  const concerns = messageConcerns([...messages, ...messages]);
  assertEquals(concerns.map(({ id, severity }) => [id, severity]), [
    ["v2v/warning", "warning"],
    ["v2v/info", "information"],
    ["v2v/info", "information"],
  ]);
  assertStringIncludes(concerns[0]?.message ?? "", "configuration of Grub2");
});

Deno.test("copiedDisk() counts from 0", () => {
  assertEquals([copiedDisk("Copying disk 2/3"), copiedDisk("Closing the overlay")], [1, null]);
});

Deno.test("barFraction() reads the last percentage of nbdcopy's bar", () => {
  assertEquals(barFraction("▗   3% [**------]▃   6% [***-"), 0.06);
  assertEquals(barFraction("█ 100% [****]\n"), 1);
  assertEquals(barFraction("virt-v2v: warning: 5% of it"), null);
});

Deno.test("withoutBars() keeps all but the bar", () => {
  const bar = "▝   0% [----]\r▗   3% [**--]\r█ 100% [****]\n";
  assertEquals(withoutBars(`before\n${bar}after\n`), "before\nafter\n");
});

Deno.test("v2vError() gives virt-v2v's own error, a hint and the log", () => {
  const failed = new MigrateError("tool/failed", "virt-v2v failed (exit status 1): …");
  const said: V2VMessage[] = [
    { type: "warning", text: "never mind" },
    { type: "error", text: "inspection could not detect the source guest (or physical machine)." },
  ];
  const error = v2vError(failed, said, "/srv/out/logs/v2v.log") as MigrateError;
  assertEquals(error.code, "guest/unsupported");
  assertStringIncludes(error.message, "Cannot convert with virt-v2v: inspection could not detect");
  assertStringIncludes(error.hint ?? "", "/srv/out/logs/v2v.log");
  assert(!error.message.includes("never mind"));
});

Deno.test("v2vError() says that a missing virt-v2v can be done without", () => {
  const missing = new MigrateError("tool/missing", "Cannot run virt-v2v.", { hint: "Install it: …" });
  const error = v2vError(missing, [], "/log") as MigrateError;
  assertStringIncludes(error.hint ?? "", "Install it: … ");
  assertStringIncludes(error.hint ?? "", "built-in fixes");
});
