/** Machines of one job file, and a program that uses the library. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import type { Report } from "../../src/model/report.ts";
import { runCommand } from "../../src/run/command.ts";
import { runCli } from "../support/cli.ts";
import { ensureGuest } from "../support/guests.ts";
import { testNeeding } from "../support/needs.ts";
import { pluginPath } from "../support/plugins.ts";
import { makeSmallMachine, readFromImage, SMALL_MACHINE_NEEDS } from "../support/small_machine.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = {
  programs: [...SMALL_MACHINE_NEEDS.programs, "qemu-system-x86_64"],
  libraries: ["libguestfs.so.0"],
};

testNeeding(
  { ...NEEDS, programs: [...NEEDS.programs, "qemu-io"] },
  "run proves that one machine boots, reports another's damaged disk, and leaves the third to a plugin",
  async () => {
    await using folder = await TempFolder.create();
    const { vmdk } = await ensureGuest("bios");
    const broken = folder.file("broken.vmdk");
    await Deno.copyFile(vmdk, broken);
    await Deno.chmod(broken, 0o644);
    await Deno.truncate(broken, 64 * 1024 ** 2);
    const { disks } = await makeSmallMachine(folder.path);
    const vms = [
      { name: "broken", source: broken },
      { name: "healthy", source: vmdk },
      { name: "stamped", source: disks, converter: "stamp", boot_proof: false },
    ];
    const plugins = [pluginPath("stamp"), pluginPath("csv")];
    await Deno.writeTextFile(
      folder.file("job.yaml"),
      JSON.stringify({ output: folder.file("out"), plugins, vms }),
    );
    const { status, stdout, stderr } = await runCli(["run", folder.file("job.yaml")]);
    assertEquals(status, 1, stderr);
    assertStringIncludes(stdout, "2 of 3 machines converted");
    assertStringIncludes(stderr, `Cannot read ${broken}`);

    const report = JSON.parse(await Deno.readTextFile(folder.file("out/report.json"))) as Report;
    assertEquals(report.vms.map((vm) => [vm.name, vm.status, vm.error?.code, vm.proof?.verdict]), [
      ["broken", "failed", "source/damaged", undefined],
      ["healthy", "succeeded", undefined, "booted"],
      ["stamped", "succeeded", undefined, undefined],
    ]);
    const page = await Deno.readTextFile(folder.file("out/report.html"));
    for (const name of ["broken", "healthy"]) assertStringIncludes(page, name);
    assertEquals(await folder.names("out"), [
      ...["evidence", "healthy.qcow2", "healthy.xml", "journal.sqlite"],
      ...["report.csv", "report.html", "report.json", "report.md"],
      ...["stamped-2.qcow2", "stamped.qcow2", "stamped.xml"],
    ]);
    for (const [index, disk] of disks.entries()) {
      const seen = folder.file("seen.raw");
      const output = folder.file(`out/stamped${index === 0 ? "" : "-2"}.qcow2`);
      await runCommand("qemu-img", ["convert", "-O", "raw", output, seen]);
      assertEquals((await Deno.readFile(seen)).slice(0, 512), new Uint8Array(512).fill(0x4b));
      // The stamp is in the part of the disk that ext4 leaves to a boot loader, and the source was not written.
      assertEquals((await Deno.readFile(disk)).slice(0, 512), new Uint8Array(512));
    }
    // What the built-in fixes would have changed is as it was.
    assertStringIncludes(await readFromImage(folder.file("out/stamped.qcow2"), "/etc/fstab"), "/dev/sda /");
    const csv = await Deno.readTextFile(folder.file("out/report.csv"));
    assertStringIncludes(csv, '"stamped","succeeded"');
    assertStringIncludes(csv, '"broken","failed","source/damaged"');
  },
);

testNeeding(
  NEEDS,
  "a program of a few lines migrates through mod.ts",
  async () => {
    await using folder = await TempFolder.create();
    const { disks } = await makeSmallMachine(folder.path);
    const program = fromFileUrl(new URL("../example/migrate.ts", import.meta.url));
    const { stdout } = await runCommand(Deno.execPath(), [
      ...["run", "-A", "--no-check", program],
      ...[...disks, folder.file("out")],
    ]);
    assertEquals(stdout.trim().split("\n").at(-1), "define");
    const fstab = await readFromImage(folder.file("out/example.qcow2"), "/etc/fstab");
    assert(/^UUID=\S+ \/ ext4/m.test(fstab), fstab);
  },
);
