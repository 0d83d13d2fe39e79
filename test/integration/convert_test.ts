/** The whole program on a real guest: what the README promises. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Report } from "../../src/model/report.ts";
import { cliCommand, runCli } from "../support/cli.ts";
import { ensureGuest, GUEST_INTERFACE, GUEST_MAC } from "../support/guests.ts";
import { sha256 } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { processesNaming } from "../support/processes.ts";
import { progressLines, silences } from "../support/progress_lines.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = { programs: ["qemu-img", "qemu-system-x86_64"], libraries: ["libguestfs.so.0"] };

testNeeding(NEEDS, "convert takes a VMware guest that cannot boot on virtio to a proved boot", async () => {
  await using folder = await TempFolder.create();
  const { vmdk } = await ensureGuest("bios");
  const before = await sha256(vmdk);
  const out = folder.file("out");
  const args = ["convert", vmdk, "-o", out, "--name", "web-01", "--progress", "json"];
  const { status, stderr, stdout } = await runCli(args);
  assertEquals(status, 0, stderr + stdout);
  const lines = progressLines(stderr);
  assertEquals(silences(lines, 5_000), []);
  assert(lines.some((line) => line.type === "stage-end" && line.stage === "define"));

  const report = JSON.parse(await Deno.readTextFile(`${out}/report.json`)) as Report;
  const [vm] = report.vms;
  assertEquals([report.status, vm?.status, vm?.proof?.verdict], ["succeeded", "succeeded", "booted"]);
  const changed = new Set(vm?.changes.map((change) => change.path));
  for (
    const path of [
      "/etc/fstab",
      "/boot/grub/grub.cfg",
      "/boot/grub/device.map",
      "/etc/initramfs-tools/modules",
    ]
  ) {
    assert(changed.has(path), `${path} was not changed`);
  }
  assertEquals(vm?.guest?.interfaces.map(({ name, mac }) => [name, mac]), [[GUEST_INTERFACE, GUEST_MAC]]);
  assertStringIncludes(await Deno.readTextFile(`${out}/web-01.xml`), GUEST_MAC);
  assertEquals(await folder.names("out"), [
    "evidence",
    "journal.sqlite",
    "report.html",
    "report.json",
    "report.md",
    "web-01.qcow2",
    "web-01.xml",
  ]);
  const screenshots = vm?.proof?.screenshots ?? [];
  assert(screenshots.length > 0);
  const png = await Deno.readFile(screenshots[0]!);
  assertEquals([...png.subarray(1, 4)], [0x50, 0x4e, 0x47]);
  assertEquals(await sha256(vmdk), before);
});

testNeeding(NEEDS, "plan shows the diffs and writes nothing", async () => {
  await using folder = await TempFolder.create();
  const { vmdk } = await ensureGuest("bios");
  const before = await sha256(vmdk);
  const { status, stdout, stderr } = await runCli(["plan", vmdk, "-o", folder.file("out")]);
  assertEquals(status, 0, stderr);
  assertStringIncludes(stdout, "/etc/fstab");
  assertStringIncludes(stdout, "-/dev/sda1  /");
  assertEquals(await folder.names(), []);
  assertEquals(await sha256(vmdk), before);
});

testNeeding(NEEDS, "convert stopped by Ctrl-C in the appliance leaves nothing behind", async () => {
  await using folder = await TempFolder.create();
  const { vmdk } = await ensureGuest("bios");
  const child = cliCommand(["convert", vmdk, "-o", folder.file("out"), "--progress", "json"]).spawn();
  const stdout = child.stdout.cancel();
  let seen = "";
  let interrupted = false;
  for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
    seen += chunk;
    if (!interrupted && seen.includes('"open"')) {
      interrupted = true;
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      child.kill("SIGINT");
    }
  }
  await stdout;
  assertEquals((await child.status).code, 130, seen);
  const left = (await folder.names()).length === 0 ? [] : await folder.names("out");
  assertEquals(left.filter((name) => !name.startsWith("report.") && name !== "journal.sqlite"), []);
  assertEquals(await processesNaming(folder.path), []);
});

testNeeding(NEEDS, "convert after a kill -9 cleans up and finishes", async () => {
  await using folder = await TempFolder.create();
  const { vmdk } = await ensureGuest("bios");
  const args = ["convert", vmdk, "-o", folder.file("out"), "--no-boot-proof", "--progress", "json"];
  const child = cliCommand(args).spawn();
  const stdout = child.stdout.cancel();
  let seen = "";
  for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
    seen += chunk;
    if (seen.includes('"inspect"')) child.kill("SIGKILL");
  }
  await stdout;
  await child.status;
  const { status, stderr } = await runCli(args);
  assertEquals(status, 0, stderr);
  assertEquals((await folder.names("out")).filter((name) => name.startsWith(".")), []);
  assertEquals(await processesNaming(folder.path), []);
});
