import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { type HookEvent, runHook } from "../../src/hooks/run_hook.ts";
import { TempFolder } from "../support/temp.ts";

const EVENT: HookEvent = {
  version: 1,
  point: "post_copy",
  stage: "copy",
  vm: "web 01",
  source: ["web.vmdk"],
  output_dir: "/out",
};

async function run(
  command: string,
  timeoutMs = 10_000,
  signal = new AbortController().signal,
): Promise<string[]> {
  const lines: string[] = [];
  const onLine = (line: string): void => void lines.push(line);
  await runHook({ point: "post_copy", command }, EVENT, { timeoutMs, signal, onLine });
  return lines;
}

Deno.test("runHook() gives the command the event as one line of JSON", async () => {
  const lines = await run("cat");
  assertEquals(lines.map((line) => JSON.parse(line)), [EVENT]);
});

Deno.test("runHook() needs no command that reads its input", async () => {
  assertEquals(await run("echo one; echo; echo two"), ["one", "two"]);
});

Deno.test("runHook() says with which status and words a hook failed", async () => {
  const error = await assertRejects(() => run("echo no licence left >&2; exit 3"), MigrateError);
  assertEquals(error.code, "hook/failed");
  assertStringIncludes(error.message, "the hook post_copy");
  assertStringIncludes(error.message, "exit status 3");
  assertStringIncludes(error.message, "no licence left");
});

Deno.test("runHook() ends a hook that takes too long, and what it has started", async () => {
  await using folder = await TempFolder.create();
  const pids = folder.file("pids");
  const error = await assertRejects(() => run(`sleep 600 & echo $! > ${pids}; wait`, 300), MigrateError);
  assertStringIncludes(error.message, "longer than 0.3 s");
  const pid = (await Deno.readTextFile(pids)).trim();
  const state = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "gone");
  assert(state === "gone" || / Z /.test(state), state);
});

Deno.test("runHook() does not wait for what a hook leaves running", async () => {
  const startedAt = performance.now();
  assertEquals(await run("sleep 600 & echo started"), ["started"]);
  assert(performance.now() - startedAt < 60_000);
});

Deno.test("runHook() ends with the run", async () => {
  const error = await assertRejects(() => run("sleep 600", 60_000, AbortSignal.timeout(200)), MigrateError);
  assertEquals(error.code, "run/cancelled");
});
