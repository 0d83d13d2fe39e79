import { assertEquals } from "@std/assert";
import { vsphereJob } from "../../src/cli/vsphere_job.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("vsphereJob() turns a file with cmd: vsphere into a command, the user's flags behind it", async () => {
  await using folder = await TempFolder.create();
  const file = folder.file("job.yaml");
  await Deno.writeTextFile(file, "vcenter: vc.example\nvs_action: list_vm_names\n");
  assertEquals(await vsphereJob([file]), undefined);
  const expected = ["list", "--vcenter=vc.example", "--json"];
  assertEquals((await vsphereJob(["--cmd", "vsphere", file, "--json"]))?.commands[0]?.args, expected);
  assertEquals(
    (await vsphereJob(["--config", file, "--cmd=vsphere", "--json"]))?.commands[0]?.args,
    expected,
  );
  await Deno.writeTextFile(file, "command: vsphere\nvcenter: vc.example\nvs_action: list_vm_names\n");
  assertEquals((await vsphereJob([file, "--json"]))?.commands[0]?.args, expected);
});

Deno.test("vsphereJob() leaves jobs that convert files alone", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("job.yaml"), "cmd: local\nvmdk: a.vmdk\n");
  assertEquals(await vsphereJob([folder.file("job.yaml")]), undefined);
  assertEquals(await vsphereJob(["--max-vms", "2"]), undefined);
});

Deno.test("vsphereJob() makes a command of each machine that the job lists", async () => {
  await using folder = await TempFolder.create();
  const file = folder.file("job.yaml");
  await Deno.writeTextFile(
    file,
    "cmd: vsphere\nvcenter: vc\nvs_action: export_vm\nvms:\n  - vs_vm: a\n  - {vs_vm: b, vs_action: cbt_sync}\n",
  );
  const { commands } = (await vsphereJob([file]))!;
  assertEquals(commands.map(({ args }) => args), [
    ["export", "--vcenter=vc", "--vm=a"],
    ["sync", "--vcenter=vc", "--vm=b"],
  ]);
});

Deno.test("vsphereJob() shows the machines for a dry run, and prints commands for --dump-config", async () => {
  await using folder = await TempFolder.create();
  const file = folder.file("job.yaml");
  await Deno.writeTextFile(file, "cmd: vsphere\nvcenter: vc\nvs_action: export_vm\nvs_vm: a\n");
  const dry = (await vsphereJob([file, "--dry-run"]))!;
  assertEquals([dry.isDump, dry.commands[0]!.args], [false, ["show", "--vcenter=vc", "--vm=a"]]);
  const dump = (await vsphereJob([file, "--dump-config"]))!;
  assertEquals([dump.isDump, dump.commands[0]!.args], [true, ["export", "--vcenter=vc", "--vm=a"]]);
});
