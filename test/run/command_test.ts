import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { ChildGroup, runCommand } from "../../src/run/command.ts";

Deno.test("runCommand() returns what a program prints", async () => {
  const { stdout, stderr, status } = await runCommand("sh", ["-c", "echo out; echo err >&2"]);
  assertEquals([stdout, stderr, status], ["out\n", "err\n", 0]);
});

Deno.test("runCommand() hands bytes to standard input", async () => {
  const stdin = new TextEncoder().encode("hello");
  assertEquals((await runCommand("cat", [], { stdin })).stdout, "hello");
});

Deno.test("runCommand() is content with a program that does not read its standard input", async () => {
  const { status } = await runCommand("true", [], { stdin: new Uint8Array(4 * 1024 * 1024) });
  assertEquals(status, 0);
});

Deno.test("runCommand() names the package of a missing program", async () => {
  const error = await assertRejects(
    () => runCommand("no-such-program", []),
    MigrateError,
    "it is not installed",
  );
  assertEquals([error.code, error.exitStatus], ["tool/missing", 5]);
});

Deno.test("runCommand() puts the end of stderr into the error", async () => {
  const script = "for i in $(seq 100); do echo line $i >&2; done; exit 3";
  const error = await assertRejects(() => runCommand("sh", ["-c", script]), MigrateError, "exit status 3");
  assertStringIncludes(error.message, "line 100");
  assertEquals(error.message.includes("line 60\n"), false);
});

Deno.test("runCommand() turns a full disk into space/full", async () => {
  const script = "echo 'qemu-img: error while writing: No space left on device' >&2; exit 1";
  const error = await assertRejects(() => runCommand("sh", ["-c", script]), MigrateError);
  assertEquals(error.code, "space/full");
});

Deno.test("runCommand() ends children of the child when aborted", async () => {
  const abort = new AbortController();
  let pid = 0;
  const running = runCommand("sh", ["-c", "sleep 300 & echo $!; wait"], {
    signal: abort.signal,
    onStdout: (text) => {
      pid = Number(text);
      abort.abort();
    },
  });
  const error = await assertRejects(() => running, MigrateError);
  assertEquals(error.code, "run/cancelled");
  assertEquals(await isGone(pid), true);
});

Deno.test("runCommand() ends a program at its time limit", async () => {
  const error = await assertRejects(() => runCommand("sleep", ["300"], { timeoutMs: 100 }), MigrateError);
  assertEquals(error.code, "tool/timeout");
});

Deno.test("ChildGroup ends a group whose leader ignores SIGTERM", async () => {
  let pid = 0;
  {
    await using child = new ChildGroup("sh", { args: ["-c", "trap '' TERM; sleep 300"], stdin: "null" });
    pid = child.process.pid;
  }
  assertEquals(await isGone(pid), true);
});

/** Whether a process ends within two seconds (a zombie of another parent counts as ended). */
async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 40; tries++) {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => null);
    if (stat === null || /\) Z /.test(stat)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

Deno.test("runCommand() lets a program that dies with us fail as it does otherwise", async () => {
  const failure = await assertRejects(
    () => runCommand("sh", ["-c", "echo broken >&2; exit 3"], { diesWithUs: true }),
    MigrateError,
  );
  assertEquals([failure.code, failure.message], ["tool/failed", "sh failed (exit status 3): broken"]);
  const missing = await assertRejects(
    () => runCommand("no-such-program", [], { diesWithUs: true }),
    MigrateError,
  );
  assertEquals(missing.code, "tool/missing");
});

Deno.test("runCommand() ends what the program has left running, which holds the output open", async () => {
  const { stdout } = await runCommand("sh", ["-c", "sleep 300 & echo $!"], { endsWhole: true });
  const stat = (): Promise<string> => Deno.readTextFile(`/proc/${stdout.trim()}/stat`).catch(() => "");
  // Its files are closed a little before it is gone.
  for (let now; (now = await stat()) !== "" && !now.includes(") Z ");) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});
