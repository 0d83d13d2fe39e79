import { assertEquals } from "@std/assert";
import { vsphereJob } from "../../src/cli/vsphere_job.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("vsphereJob() turns a file with cmd: vsphere into a command, the user's flags behind it", async () => {
  await using folder = await TempFolder.create();
  const file = folder.file("job.yaml");
  await Deno.writeTextFile(file, "vcenter: vc.example\nvs_action: list_vm_names\n");
  assertEquals(await vsphereJob([file]), undefined);
  const expected = ["list", "--vcenter=vc.example", "--json"];
  assertEquals((await vsphereJob(["--cmd", "vsphere", file, "--json"]))?.args, expected);
  assertEquals((await vsphereJob(["--config", file, "--cmd=vsphere", "--json"]))?.args, expected);
  await Deno.writeTextFile(file, "command: vsphere\nvcenter: vc.example\nvs_action: list_vm_names\n");
  assertEquals((await vsphereJob([file, "--json"]))?.args, expected);
});

Deno.test("vsphereJob() leaves jobs that convert files alone", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("job.yaml"), "cmd: local\nvmdk: a.vmdk\n");
  assertEquals(await vsphereJob([folder.file("job.yaml")]), undefined);
  assertEquals(await vsphereJob(["--max-vms", "2"]), undefined);
});
