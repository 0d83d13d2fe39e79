/** Confined runs: what the sandbox lets through, and a conversion in it that is shown to boot. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Confined } from "../../src/confine/confine.ts";
import type { Report } from "../../src/model/report.ts";
import { runCli } from "../support/cli.ts";
import { ensureGuest } from "../support/guests.ts";
import { sha256 } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = {
  programs: ["bwrap", "supermin", "qemu-img", "qemu-system-x86_64"],
  libraries: ["libguestfs.so.0"],
};

/** The command that confines a job, without the program in it. */
async function sandboxOf(args: readonly string[]): Promise<{ confined: Confined; command: string[] }> {
  const { status, stdout, stderr } = await runCli(["sandbox", ...args, "--explain", "--json"]);
  assertEquals(status, 0, stderr);
  const confined = JSON.parse(stdout) as Confined;
  const at = confined.command.indexOf("--chdir");
  return { confined, command: confined.command.slice(0, at + 2) };
}

/** Whether a shell command succeeds in a sandbox. */
async function succeeds([program = "", ...args]: readonly string[], script: string): Promise<boolean> {
  const { code } = await new Deno.Command(program, {
    args: [...args, "/bin/bash", "-c", script],
    ...{ stdin: "null", stdout: "null", stderr: "null" },
  }).output();
  return code === 0;
}

testNeeding(NEEDS, "sandbox lets a job read its source and write its output, and nothing else", async () => {
  await using folder = await TempFolder.create();
  await Deno.mkdir(folder.file("vms"));
  const source = folder.file("vms/web.raw"), out = folder.file("out");
  await Deno.writeFile(source, new Uint8Array(1024 * 1024));
  await Deno.writeTextFile(folder.file("vms/secret"), "another file of the user");
  await Deno.mkdir(out);
  const { confined, command } = await sandboxOf([source, "--kind", "raw", "-o", out]);
  assertEquals([confined.needs.reads, confined.needs.writes, confined.needs.network], [[source], [out], []]);

  assert(await succeeds(command, `cat '${source}'`));
  assert(await succeeds(command, `echo x > '${out}/file' && rm '${out}/file'`));
  assertEquals(await succeeds(command, `cat '${folder.file("vms/secret")}'`), false);
  assertEquals(await succeeds(command, `echo x >> '${source}'`), false);
  assertEquals(await succeeds(command, `cat /etc/shadow`), false);
  await succeeds(command, `echo x > '${folder.file("beside")}'`);
  await succeeds(command, `echo x > '${folder.file("vms/beside")}'`);
  assertEquals([await folder.names(), await folder.names("vms")], [["out", "vms"], ["secret", "web.raw"]]);
});

testNeeding(NEEDS, "sandbox lets a job open no connection, and see no process outside", async () => {
  await using folder = await TempFolder.create();
  const source = folder.file("web.raw");
  await Deno.writeFile(source, new Uint8Array(1024 * 1024));
  await Deno.mkdir(folder.file("out"));
  const { command } = await sandboxOf([source, "--kind", "raw", "-o", folder.file("out")]);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connect = `exec 3<>/dev/tcp/127.0.0.1/${listener.addr.port}`;
  const accepted = listener.accept();
  assert(await succeeds(["env"], connect), "the listener cannot be reached at all");
  (await accepted).close();
  assertEquals(await succeeds(command, connect), false);
  assertEquals(await succeeds(command, `kill -0 ${Deno.pid}`), false);
});

testNeeding(NEEDS, "sandbox gives a job with a source on another host the network", async () => {
  await using folder = await TempFolder.create();
  const { confined } = await sandboxOf(["ssh://esx.example/vms/web.vmx", "-o", folder.file("out")]);
  assertEquals(confined.needs.network, ["the source ssh://esx.example/vms/web.vmx"]);
  assertEquals(confined.command.includes("--unshare-net"), false);
  assertEquals(await folder.names(), []);
});

testNeeding(NEEDS, "sandbox converts a guest that is shown to boot, and prints its permissions", async () => {
  await using folder = await TempFolder.create();
  const { vmdk } = await ensureGuest("bios");
  const before = await sha256(vmdk);
  const { status, stdout, stderr } = await runCli([
    "sandbox",
    vmdk,
    "-o",
    folder.file("out"),
    "--name",
    "web",
  ]);
  assertEquals(status, 0, stderr + stdout);
  assertStringIncludes(stderr, `--allow-read=${vmdk},`);
  const report = JSON.parse(await Deno.readTextFile(folder.file("out/report.json"))) as Report;
  assertEquals([report.status, report.vms[0]?.proof?.verdict], ["succeeded", "booted"]);
  assertEquals((await folder.names("out")).filter((name) => name.startsWith(".")), []);
  assertEquals(await sha256(vmdk), before);
});

testNeeding(NEEDS, "sandbox refuses to write a report beside the output", async () => {
  await using folder = await TempFolder.create();
  const source = folder.file("web.raw");
  await Deno.writeFile(source, new Uint8Array(1024 * 1024));
  const args = [source, "--kind", "raw", "-o", folder.file("out"), "--report", folder.file("r.html")];
  const { status, stderr } = await runCli(["sandbox", ...args]);
  assertEquals(status, 2);
  assertStringIncludes(stderr, "beside its output");
});
