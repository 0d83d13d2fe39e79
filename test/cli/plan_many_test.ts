/** A batch of a thousand machines, whose disks are files that hold nothing. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Report } from "../../src/model/report.ts";
import { runCli } from "../support/cli.ts";
import { makeManyMachines } from "../support/many_machines.ts";
import { TempFolder } from "../support/temp.ts";

const COUNT = 1000;

Deno.test("plan of a thousand machines has each of them in its order, with space and time, and writes nothing", async () => {
  await using folder = await TempFolder.create();
  const job = await makeManyMachines(folder.path, COUNT);
  const before = await folder.names();
  const { status, stdout, stderr } = await runCli(["plan", job, "-q", "--json"]);
  assertEquals(status, 0, stderr);
  const report = JSON.parse(stdout) as Report;
  assertEquals(report.vms.map((vm) => vm.name), Array.from({ length: COUNT }, (_, index) => `vm-${index}`));
  for (const vm of report.vms) {
    assertEquals(vm.status, "planned");
    assertEquals(vm.stages.map((one) => one.stage), ["discover", "preflight"]);
    assert((vm.plan?.spaces[0]?.neededBytes ?? 0) > 0 && (vm.plan?.times.length ?? 0) > 3);
  }
  assertEquals(await folder.names(), before);
});

Deno.test("plan of many machines is a line for each and the sum of all", async () => {
  await using folder = await TempFolder.create();
  const job = await makeManyMachines(folder.path, 12);
  await Deno.remove(folder.file("disks/vm-7.raw"));
  const { status, stdout, stderr } = await runCli(["plan", job, "-q", "--plan-depth=auto"]);
  assertEquals([status, stdout], [1, ""], stderr);
  const shown = await runCli(["plan", job]);
  assertStringIncludes(shown.stdout, "vm-11");
  assertStringIncludes(shown.stdout, "Blocked: 1 of 12 machines.");
  // Where the line is folded depends on the length of the folder's name.
  assertStringIncludes(shown.stdout.replaceAll(/\s+/g, " "), "there is no such file");
});
