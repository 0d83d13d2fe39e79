/** Two machines of one job file, and a program that uses the library. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import type { Report } from "../../src/model/report.ts";
import { runCommand } from "../../src/run/command.ts";
import { runCli } from "../support/cli.ts";
import { ensureGuest } from "../support/guests.ts";
import { testNeeding } from "../support/needs.ts";
import { makeSmallMachine, readFromImage, SMALL_MACHINE_NEEDS } from "../support/small_machine.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = { programs: ["qemu-img", "qemu-system-x86_64"], libraries: ["libguestfs.so.0"] };

testNeeding(
  NEEDS,
  "run takes one machine to a proved boot and reports the damaged disk of the other",
  async () => {
    await using folder = await TempFolder.create();
    const { vmdk } = await ensureGuest("bios");
    const broken = folder.file("broken.vmdk");
    await Deno.copyFile(vmdk, broken);
    await Deno.chmod(broken, 0o644);
    await Deno.truncate(broken, 64 * 1024 ** 2);
    await Deno.writeTextFile(
      folder.file("job.yaml"),
      `output: ${folder.file("out")}\nvms:\n  - name: broken\n    source: [${broken}]\n` +
        `  - name: healthy\n    source: [${vmdk}]\n`,
    );
    const { status, stdout, stderr } = await runCli(["run", folder.file("job.yaml")]);
    assertEquals(status, 1, stderr);
    assertStringIncludes(stdout, "1 of 2 machines converted");
    assertStringIncludes(stderr, `Cannot read ${broken}`);

    const report = JSON.parse(await Deno.readTextFile(folder.file("out/report.json"))) as Report;
    assertEquals(report.vms.map((vm) => [vm.name, vm.status, vm.error?.code, vm.proof?.verdict]), [
      ["broken", "failed", "source/damaged", undefined],
      ["healthy", "succeeded", undefined, "booted"],
    ]);
    const page = await Deno.readTextFile(folder.file("out/report.html"));
    for (const name of ["broken", "healthy"]) assertStringIncludes(page, name);
    assertEquals(await folder.names("out"), [
      ...["evidence", "healthy.qcow2", "healthy.xml"],
      ...["journal.sqlite", "report.html", "report.json", "report.md"],
    ]);
  },
);

testNeeding(
  { programs: [...NEEDS.programs, ...SMALL_MACHINE_NEEDS.programs], libraries: NEEDS.libraries },
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
