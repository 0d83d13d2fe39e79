/** What a plan promises: it says everything and writes nothing. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Report } from "../../src/model/report.ts";
import { runCommand } from "../../src/run/command.ts";
import { runCli } from "../support/cli.ts";
import { testNeeding } from "../support/needs.ts";
import { makeSmallMachine, SMALL_MACHINE_NEEDS } from "../support/small_machine.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = {
  programs: [...SMALL_MACHINE_NEEDS.programs, "qemu-system-x86_64", "find"],
  libraries: ["libguestfs.so.0"],
};

/** Every file below a folder with its size and the time of its last change. */
async function listing(folder: string): Promise<string> {
  return (await runCommand("find", [folder, "-printf", "%P %y %s %T@\n"])).stdout;
}

testNeeding(
  NEEDS,
  "plan says changes, space, tools and time, and leaves every folder as it was",
  async () => {
    await using folder = await TempFolder.create();
    const { disks } = await makeSmallMachine(folder.path);
    for (const name of ["home", "cache", "work", "tmp", "out"]) await Deno.mkdir(folder.file(name));
    const before = await listing(folder.path);
    const env = {
      HOME: folder.file("home"),
      XDG_CACHE_HOME: folder.file("cache"),
      TMPDIR: folder.file("tmp"),
      // Deno's own cache, and libguestfs's appliance, were made before.
      DENO_DIR: JSON.parse((await runCommand(Deno.execPath(), ["info", "--json"])).stdout).denoDir,
      LIBGUESTFS_CACHEDIR: Deno.env.get("LIBGUESTFS_CACHEDIR") ?? "/var/tmp",
    };
    const args = [
      "plan",
      ...disks,
      "-o",
      folder.file("out/new"),
      "--work-dir",
      folder.file("work"),
      "--json",
      "-q",
    ];
    const { status, stdout, stderr } = await runCli(args, env);
    assertEquals(status, 0, stderr);
    // The temporary folder itself was used, and is empty again.
    const unchanged = (text: string): string => text.replace(/^tmp d .*$/m, "tmp");
    assertEquals(unchanged(await listing(folder.path)), unchanged(before));

    const report = JSON.parse(stdout) as Report;
    const vm = report.vms[0]!;
    assertStringIncludes(JSON.stringify(vm.changes), "/etc/fstab");
    assert(report.host["qemu-img"] !== undefined && report.host["libguestfs"] !== undefined);
    const [output, work] = vm.plan!.spaces;
    // 24 MiB are in the disks of 128 MiB.
    const needed = output!.neededBytes / 1024 ** 2;
    assert(needed > 4 + 24 && needed < 4 + 60, `${needed} MiB`);
    assertEquals([work!.path, output!.freeBytes > 0], [folder.file("work"), true]);
    const open = vm.plan!.times.find((one) => one.stage === "open");
    assertEquals(open?.basis, "measured");
  },
);
