/** Job files of the Python hyper2kvm that are for another command than a conversion. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { runCli } from "../support/cli.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("plan says which command a job is for that converts nothing", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("job.yaml"), `cmd: daemon\nwatch_dir: ${folder.path}\n`);
  const { status, stderr } = await runCli(["plan", folder.file("job.yaml")]);
  assertEquals(status, 2);
  assertStringIncludes(stderr, "it is for hyper2kvm watch");
});

Deno.test("plan of a job for live-fix looks at the host, not for a file", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("job.yaml"), "cmd: live-fix\nhost: nowhere.invalid\n");
  const { status, stderr } = await runCli(["plan", folder.file("job.yaml")]);
  assertEquals(status, 7, stderr);
  assertStringIncludes(stderr, "nowhere.invalid");
});

Deno.test("run --dump-config prints the options of a job that writes units, and writes none", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(
    folder.file("job.yaml"),
    `cmd: generate-systemd\nsystemd_output: ${folder.file("units")}\n`,
  );
  const { status, stdout } = await runCli(["run", folder.file("job.yaml"), "--dump-config"]);
  assertEquals(status, 0);
  assertStringIncludes(stdout, "(systemd_output)");
  assertEquals(await folder.names(), ["job.yaml"]);
});
