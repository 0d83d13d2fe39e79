/** The command vsphere against the vCenter simulator. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCli } from "../support/cli.ts";
import { RUNNING, VM, vsphereTest as test } from "../support/vsphere_bed.ts";

test("vsphere export writes what convert and inspect take", async ({ folder, sim }) => {
  await Deno.writeTextFile(folder.file("pw"), "pass\n");
  const server = ["--vcenter", `127.0.0.1:${sim.port}`, "--user", "user", "--ca", sim.caFile];
  const login = [...server, "--password-file", folder.file("pw")];
  const listed = await runCli(["vsphere", "list", ...login]);
  assertStringIncludes(listed.stdout, `/DC0/vm/${VM}`);
  const shown = await runCli(["vsphere", "show", "--vm", VM, "--json", ...server, "--password-env", "PW"], {
    PW: "pass",
  });
  assertEquals((JSON.parse(shown.stdout) as { name: string }[])[0]!.name, VM);
  const exported = await runCli(["vsphere", "export", "--vm", VM, "-o", folder.file("out"), ...login]);
  assertEquals(exported.status, 0, exported.stderr);
  const inspected = await runCli(["inspect", folder.file(`out/${VM}/source.json`), "--json"]);
  assertEquals(inspected.status, 0, inspected.stderr);
  const source = JSON.parse(inspected.stdout) as { name: string; kind: string; disks: unknown[] };
  assertEquals([source.name, source.kind, source.disks.length], [VM, "vsphere-export", 2]);
});

test("vsphere export fails with the status of its error", async ({ folder, sim }) => {
  const login = [
    "--vcenter",
    `127.0.0.1:${sim.port}`,
    "--user",
    "user",
    "--insecure",
    "--password-env",
    "PW",
  ];
  const run = (...args: string[]) => runCli(["vsphere", ...args, ...login], { PW: "pass-of-nobody" });
  const denied = await run("list");
  assertEquals(denied.status, 3);
  assertStringIncludes(denied.stderr, "--insecure");
  assert(!denied.stderr.includes("pass-of-nobody"));
  assertEquals(
    (await runCli(["vsphere", "export", "--vm", RUNNING, "-o", folder.file("out"), ...login], { PW: "pass" }))
      .status,
    1,
  );
  assertEquals((await runCli(["vsphere", "show", "--vm", "nobody", ...login], { PW: "pass" })).status, 9);
});
