import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCli } from "../support/cli.ts";
import { TempFolder } from "../support/temp.ts";

async function fails(args: readonly string[], status: number, message: RegExp): Promise<void> {
  const result = await runCli(["live-fix", ...args]);
  assertEquals(result.status, status, result.stderr);
  assertMatch(result.stderr, message);
}

Deno.test("live-fix refuses a missing machine, two machines and a bad address", async () => {
  await fails([], 2, /no machine is named/);
  await fails(["root@a", "root@b"], 2, /root@b is one machine too many/);
  await fails(["root:pw@a"], 2, /it is no machine over SSH/);
});

Deno.test("live-fix refuses options that make no sense together", async () => {
  await fails(["root@a", "--sudo-password-env=X"], 2, /need --sudo/);
  await fails(
    ["root@a", "--sudo", "--sudo-password-env=X", "--sudo-password-file=y"],
    2,
    /exclude each other/,
  );
  await fails(["root@a", "--sudo", "--sudo-password-env=H2K_NOT_SET"], 2, /H2K_NOT_SET holds no password/);
  await fails(["root@a", "--sudo", "--sudo-password-file=/none"], 2, /there is no such file/);
});

Deno.test("run does cmd: live-fix of a Python job file", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("job.yaml"), "cmd: live-fix\nhost: host.invalid\nuser: me\n");
  const { status, stderr } = await runCli(["run", folder.file("job.yaml")]);
  assertEquals(status, 7, stderr);
  assertStringIncludes(stderr, "Cannot reach host.invalid: there is no such host.");
});
