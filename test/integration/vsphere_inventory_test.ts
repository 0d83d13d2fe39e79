/** Listing machines, and their details, against the vCenter simulator. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCommand } from "../../src/run/command.ts";
import { readDetails, readInventory } from "../../src/source/vsphere/inventory.ts";
import { runTask } from "../../src/source/vsphere/task.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";
import { Simulator, sparseDisk, VSPHERE_NEEDS } from "../support/vsphere.ts";
import { VM, vsphereTest as test } from "../support/vsphere_bed.ts";

test("readInventory() pages through the machines", async ({ sim }) => {
  await using session = await sim.session();
  const { vms } = await readInventory(session);
  assertEquals(vms.length, 300);
  assertEquals(new Set(vms.map((vm) => vm.id)).size, 300);
  const { hits } = await sim.counts();
  assertEquals(hits["RetrievePropertiesEx"], 1);
  assertEquals(hits["ContinueRetrievePropertiesEx"], 1);
}, { vms: 300 });

test("readDetails() reads hardware, networks and snapshots", async ({ sim, disks }) => {
  await using session = await sim.session();
  const inventory = await readInventory(session);
  const [off, on] = inventory.vms;
  await runTask(session, "CreateSnapshot_Task", { type: "VirtualMachine", id: on!.id }, [
    { name: "name", attributes: {}, content: "before update" },
    { name: "memory", attributes: {}, content: "false" },
    { name: "quiesce", attributes: {}, content: "false" },
  ]);
  const [first, second] = await readDetails(session, inventory, [off!, on!]);
  const sizes = await Promise.all(disks.map(async (disk) => (await Deno.stat(disk)).size));
  assertEquals(first!.disks.map((disk) => disk.sizeBytes), sizes);
  assertEquals(first!.disks.map((disk) => `${disk.controller} ${disk.bus}:${disk.unit}`), [
    "scsi 0:0",
    "scsi 0:1",
  ]);
  assertEquals(first!.power, "off");
  assertEquals(first!.firmware, "bios");
  assertMatch(first!.nics[0]!.mac, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  assertEquals(first!.nics[0]!.network, "DC0_DVPG0");
  assertEquals([second!.power, second!.firmware, second!.tpm], ["on", "uefi-secure-boot", true]);
  assertEquals(second!.snapshots.map((one) => one.name), ["before update"]);
  assertEquals(second!.disks[0]!.sizeBytes, 8 * 1024 ** 4);
});

testNeeding(
  {
    ...VSPHERE_NEEDS,
    programs: [...VSPHERE_NEEDS.programs, "virsh", "virt-v2v"],
    files: [...VSPHERE_NEEDS.files, "/etc/libvirt"],
  },
  "the simulator is a vCenter for libvirt's own driver and for virt-v2v, too",
  async () => {
    await using folder = await TempFolder.create();
    await using sim = await Simulator.start(folder, { disks: [await sparseDisk(folder.file("a.raw"), 64)] });
    await Deno.writeTextFile(
      folder.file("auth"),
      "[credentials-x]\nusername=user\npassword=pass\n[auth-esx-127.0.0.1]\ncredentials=x\n",
    );
    const uri = `vpx://user@127.0.0.1:${sim.port}/DC0/DC0_H0?no_verify=1&authfile=${folder.file("auth")}`;
    const { stdout } = await runCommand("virsh", ["-r", "-c", uri, "list", "--all", "--name"], {
      timeoutMs: 60_000,
    });
    assertStringIncludes(stdout, VM);
    await Deno.writeTextFile(folder.file("pw"), "pass");
    const vpx = `vpx://user@127.0.0.1:${sim.port}/DC0/DC0_H0?no_verify=1`;
    const shown = await runCommand(
      "virt-v2v",
      ["--print-source", "-i", "libvirt", "-ic", vpx, "-ip", folder.file("pw"), VM],
      { timeoutMs: 60_000, env: { LIBGUESTFS_BACKEND: "direct" } },
    );
    assertMatch(shown.stdout, /source name: DC0_H0_VM0/);
  },
);
