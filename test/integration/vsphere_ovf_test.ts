/** The OVF package that an export by lease leaves, with the descriptor of the vCenter simulator. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { element } from "../../src/libvirt/xml_builder.ts";
import { runCommand } from "../../src/run/command.ts";
import { readEnvelope } from "../../src/source/ovf/envelope.ts";
import { readDetails, readInventory } from "../../src/source/vsphere/inventory.ts";
import { referenceArgument } from "../../src/source/vsphere/soap.ts";
import { machineOf, type VmDetails } from "../../src/source/vsphere/machines/vm.ts";
import { textAt } from "../../src/source/vsphere/xml.ts";
import { runCli } from "../support/cli.ts";
import { discover } from "../support/discover.ts";
import {
  exportDone,
  loginFlags,
  MIB,
  PASSWORD,
  RUNNING,
  VM,
  vsphereTest as test,
} from "../support/vsphere_bed.ts";

const NFC = { mode: "nfc" } as const;

test("vsphere export --mode nfc leaves an OVF package of what show shows", async ({ folder, sim }) => {
  const run = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await runCli(args, PASSWORD);
    assertEquals(status, 0, stderr);
    return stdout;
  };
  await sim.order({ Method: "CreateDescriptor", Action: "logout" });
  await run("vsphere", "export", VM, "--mode", "nfc", "-o", folder.file("out"), ...loginFlags(sim));
  const ovf = folder.file(`out/${VM}/${VM}.ovf`);
  const found = JSON.parse(await run("inspect", ovf, "--json"));
  const [shown] = JSON.parse(await run("vsphere", "show", VM, "--json", ...loginFlags(sim))) as VmDetails[];
  const { osHint, tpm: _none, ...machine } = machineOf(shown!);
  assertEquals([found.kind, found.name], ["ovf", shown!.name]);
  assertEquals(found.machine, { ...machine, osHint: shown!.guestId }, osHint);
  assertEquals(
    found.disks.map((disk: Record<string, unknown>) => [disk.controller, disk.slot, disk.virtualSizeBytes]),
    shown!.disks.map((disk) => [disk.controller, disk.unit, disk.sizeBytes]),
  );
});

test("exportMany() by nfc leaves a manifest that others can check", async ({ folder, sim }) => {
  await sim.order({ Method: "NFC", Action: "cut", After: 2 * MIB }); // it begins anew, and so does the hash
  await using session = await sim.session();
  await exportDone(session, folder, NFC);
  const home = folder.file(`out/${VM}`);
  await runCommand("sha256sum", ["--check", "--strict", `${VM}.mf`], { cwd: home });
  const lines = (await Deno.readTextFile(join(home, `${VM}.mf`))).trim().split("\n");
  assertEquals(lines.map((line) => /\((.*)\)/.exec(line)?.[1]), [`${VM}.ovf`, `${VM}.vmdk`, `${VM}-2.vmdk`]);
  // Our own reader compares the descriptor at once, the disks while they are read.
  const { digests } = await discover(join(home, `${VM}.ovf`));
  assertEquals(digests?.length, 3);
});

test("exportMany() by nfc describes the snapshot of a machine that is on", async ({ folder, sim }) => {
  await using session = await sim.session();
  const { source, concerns } = await exportDone(session, folder, NFC);
  assertEquals(concerns.filter(({ id }) => id.startsWith("vsphere/ovf")), []);
  const { disks, machine } = await discover(folder.file(`out/${VM}/${VM}.ovf`));
  assertEquals(disks.map(({ path }) => path), source!.disks.map(({ path }) => path));
  assertEquals(machine.nics, source!.machine.nics);
}, { on: true });

test("exportMany() by nfc goes without an OVF where the server has none", async ({ folder, sim }) => {
  await using session = await sim.session();
  const packed = await exportDone(session, folder, NFC);
  assertEquals(packed.ovf, folder.file(`out/${VM}/${VM}.ovf`));
  await sim.order({ Method: "CreateDescriptor", Action: "fault", Fault: "NotSupported" });
  const { status, concerns, ovf } = await exportDone(session, folder, { ...NFC, force: true });
  assertEquals([status, ovf], ["exported", undefined]);
  const concern = concerns.find(({ id }) => id === "vsphere/ovf-descriptor");
  assertEquals(concern?.severity, "warning");
  assertStringIncludes(concern!.message, "injected (NotSupported)");
  // The package of the first export would vouch for other disks.
  assertEquals(await folder.names(`out/${VM}`), [`${VM}-2.vmdk`, `${VM}.vmdk`, "source.json"]);
});

test("CreateDescriptor of the simulator tells firmware, TPM and sizes above 32 bits", async ({ sim }) => {
  await using session = await sim.session();
  const inventory = await readInventory(session);
  const [vm] = await readDetails(session, inventory, inventory.vms.filter(({ name }) => name === RUNNING));
  const target = { type: "VirtualMachine", id: vm!.id };
  await session.call("PowerOffVM_Task", target);
  for (let isOn = true; isOn;) {
    isOn = (await readInventory(session)).vms.some(({ name, power }) => name === RUNNING && power === "on");
  }
  const [answer] = await session.call("CreateDescriptor", session.object("ovfManager"), [
    referenceArgument("obj", target),
    element("cdp", {}, [element("exportOption", {}, "mac")]),
  ]);
  const { systems, disks } = readEnvelope(textAt(answer, "ovfDescriptor")!);
  const { osHint: _text, ...machine } = machineOf(vm!);
  assertEquals(systems[0]!.machine, { ...machine, osHint: vm!.guestId });
  assertEquals([machine.firmware, machine.tpm], ["uefi-secure-boot", true]);
  assertEquals(disks.map(({ capacityBytes }) => capacityBytes), [8 * 1024 ** 4]);
});
