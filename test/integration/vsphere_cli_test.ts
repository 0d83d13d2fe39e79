/** The command vsphere against the vCenter simulator. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { sha256 } from "../support/images.ts";
import { runCli } from "../support/cli.ts";
import { loginFlags, PASSWORD, RUNNING, VM, vsphereTest as test } from "../support/vsphere_bed.ts";

test("vsphere export writes what convert and inspect take", async ({ folder, sim }) => {
  await Deno.writeTextFile(folder.file("pw"), "pass\n");
  const server = ["--vcenter", `127.0.0.1:${sim.port}`, "--user", "user", "--ca", sim.caFile];
  const login = [...server, "--password-file", folder.file("pw")];
  const listed = await runCli(["vsphere", "list", ...login]);
  assertStringIncludes(listed.stdout, `/DC0/vm/${VM}`);
  const shown = await runCli(
    ["vsphere", "show", "--vm", VM, "--json", ...server, "--password-env", "PW"],
    PASSWORD,
  );
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
  const running = [
    "vsphere",
    "export",
    RUNNING,
    "--mode",
    "download-only",
    "-o",
    folder.file("out"),
    ...login,
  ];
  assertEquals((await runCli(running, PASSWORD)).status, 1);
  assertEquals((await runCli(["vsphere", "show", "--vm", "nobody", ...login], PASSWORD)).status, 9);
});

test("doctor vsphere names the privileges that are missing", async ({ sim }) => {
  const login = loginFlags(sim);
  const all = await runCli(["doctor", "vsphere", "--vm", VM, ...login], PASSWORD);
  assertEquals(all.status, 0, all.stderr);
  assertStringIncludes(all.stdout, "vsphere export --mode nfc");
  await sim.order({ Method: "VApp.Export", Action: "deny" });
  await sim.order({ Method: "Datastore.Browse", Action: "deny" });
  const some = await runCli(["doctor", "vsphere", VM, "--json", ...login], PASSWORD);
  assertEquals(some.status, 3, some.stderr);
  const { permissions } = JSON.parse(some.stdout) as { permissions: { name: string; missing: string[] }[] };
  const missing = Object.fromEntries(permissions.map((one) => [one.name, one.missing]));
  assertEquals(missing["vsphere export --mode nfc"], [`VApp.Export on ${VM}`]);
  assertEquals(missing["vsphere export --mode datastore"], ["Datastore.Browse on LocalDS_0"]);
  assertEquals(missing["vsphere list, show, tree"], []);
});

test("vsphere export --mode download-only takes files, and their hashes", async ({ folder, sim, disks }) => {
  const login = loginFlags(sim);
  const run = (...args: string[]) =>
    runCli(
      ["vsphere", "export", VM, "--mode", "download-only", "-o", folder.file("out"), ...args, ...login],
      PASSWORD,
    );
  const few = await run("--max-files", "2");
  assertEquals(few.status, 2);
  assertStringIncludes(few.stderr + few.stdout, "--max-files allows 2");
  const { status, stderr, stdout } = await run(
    "--include",
    "*.vmx",
    "--include",
    "disk1*",
    "--exclude",
    "*.log",
  );
  assertEquals(status, 0, stderr + stdout);
  assertEquals(await folder.names(`out/${VM}`), [`${VM}.vmx`, "SHA256SUMS", "disk1-flat.vmdk", "disk1.vmdk"]);
  const manifest = await Deno.readTextFile(folder.file(`out/${VM}/SHA256SUMS`));
  for (const line of manifest.trim().split("\n")) {
    const [hash, name] = line.split("  ");
    assertEquals(await sha256(folder.file(`out/${VM}/${name}`)), hash);
  }
  assertEquals(manifest.trim().split("\n").length, 3);
  assertEquals(await sha256(folder.file(`out/${VM}/disk1-flat.vmdk`)), await sha256(disks[0]!));
});
