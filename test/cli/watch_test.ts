/** `watch` as it is started: folders, signals, what is damaged. No appliance is launched. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cliCommand, runCli } from "../support/cli.ts";
import { TempFolder } from "../support/temp.ts";

/** A watcher that runs until the body is through. */
async function watching(
  folder: TempFolder,
  args: readonly string[],
  body: (until: (sign: RegExp) => Promise<string>, child: Deno.ChildProcess) => Promise<void>,
): Promise<Deno.CommandStatus> {
  await Deno.mkdir(folder.file("in"), { recursive: true });
  const child = cliCommand(["watch", folder.file("in"), "--progress", "plain", ...args]).spawn();
  const stdout = child.stdout.cancel();
  const lines = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let seen = "";
  const until = async (sign: RegExp): Promise<string> => {
    while (!sign.test(seen)) {
      const { value, done } = await lines.read();
      if (done) throw new Error(`watch ended before it said ${sign}:\n${seen}`);
      seen += value;
    }
    return seen;
  };
  try {
    await until(/Watching/);
    await body(until, child);
  } finally {
    child.kill("SIGTERM");
    while (!(await lines.read()).done);
    await stdout;
  }
  return await child.status;
}

Deno.test("watch refuses a folder that is watched, and ends with status 0 at SIGTERM", async () => {
  await using folder = await TempFolder.create();
  const args = ["-o", folder.file("out")];
  const { code } = await watching(folder, args, async (_until, child) => {
    const second = await runCli(["watch", folder.file("in"), ...args]);
    assertEquals(second.status, 1);
    assertStringIncludes(
      second.stderr,
      `Cannot watch ${folder.file("in")}: process ${child.pid} is at work there.`,
    );
    const { stdout } = await runCli(["status", folder.file("in")]);
    assertStringIncludes(stdout, `process ${child.pid} watches it`);
  });
  assertEquals(code, 0);
  assertStringIncludes((await runCli(["status", folder.file("in")])).stdout, "nobody watches it");
});

Deno.test("watch reads its template again at SIGHUP, and keeps the old one when the new one is bad", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("t.yaml"), `output: ${folder.file("out")}\n`);
  await watching(folder, ["--job", folder.file("t.yaml")], async (until, child) => {
    child.kill("SIGHUP");
    await until(/read again/);
    await Deno.writeTextFile(folder.file("t.yaml"), "outptu: x\n");
    child.kill("SIGHUP");
    assertStringIncludes(await until(/stays as it was.*\n/), 'there is no option "outptu"');
  });
});

Deno.test("watch puts a damaged disk and a bad job file into failed/ with the reason, and goes on", async () => {
  await using folder = await TempFolder.create();
  await Deno.mkdir(folder.file("in"));
  await Deno.writeTextFile(folder.file("in/a.ova"), "this is no archive");
  await Deno.writeTextFile(folder.file("in/b.yaml"), "source: [b.raw\n");
  const metrics = folder.file("numbers.prom");
  const args = ["-o", folder.file("out"), "--once", "--settle", "0.1", "--metrics-file", metrics];
  const { status, stderr } = await runCli(["watch", folder.file("in"), ...args]);
  assertEquals(status, 1, stderr);
  const again = await runCli(["watch", folder.file("in"), ...args, "--settle", "0.05"]);
  assert([0, 1].includes(again.status), again.stderr);
  assertEquals(await folder.names("in/failed"), ["a.ova", "a.ova.error.txt", "b.yaml", "b.yaml.error.txt"]);
  assertMatch(await Deno.readTextFile(folder.file("in/failed/b.yaml.error.txt")), /Cannot read .*b\.yaml/);
  assertStringIncludes(await Deno.readTextFile(metrics), 'hyper2kvm_watch_items{state="failed"} 2\n');
  assertEquals((await runCli(["status", folder.file("in")])).status, 1);
});

Deno.test("watch refuses a missing folder, a file, and an output that is the folder itself", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("file"), "");
  const refusal = async (dir: string, out: string): Promise<string> =>
    (await runCli(["watch", dir, "-o", out])).stderr;
  assertStringIncludes(await refusal(folder.file("none"), "/out"), "there is no such folder");
  assertStringIncludes(await refusal(folder.file("file"), "/out"), "it is a file");
  assertStringIncludes(await refusal(folder.path, folder.path), "the output would go there, too");
});
