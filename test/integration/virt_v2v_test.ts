/** virt-v2v itself, on small disks and on the real guest. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type V2VOptions, VirtV2VConverter } from "../../src/orchestrator/virt_v2v_converter.ts";
import { MigrateError } from "../../src/model/error.ts";
import type { RunEvent } from "../../src/model/event.ts";
import type { Nic } from "../../src/model/source.ts";
import { runCommand } from "../../src/run/command.ts";
import type { V2VDisk } from "../../src/v2v/source_xml.ts";
import { probeAccelerator } from "../../src/verify/kvm_probe.ts";
import { ensureGuest, GUEST_MAC } from "../support/guests.ts";
import { sha256 } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = { programs: ["virt-v2v", "qemu-img"] };
const NIC: Nic = { mac: GUEST_MAC, macOrigin: "guest", network: "VM Network", model: "vmxnet3" };

function options(folder: TempFolder, outputs: readonly string[]): V2VOptions {
  const disks = outputs.map((path) => ({
    path,
    image: path,
    format: "vmdk" as const,
    virtualSizeBytes: 1,
    allocatedSizeBytes: 1,
    files: [],
  }));
  return {
    source: { kind: "vmdk", location: folder.path, name: "shop", disks, machine: { nics: [NIC] } },
    nics: [NIC],
    outputs,
    format: "qcow2",
    logPath: folder.file("v2v.log"),
  };
}

async function converter(signal: AbortSignal, emit: (event: RunEvent) => void): Promise<VirtV2VConverter> {
  const { accelerator } = await probeAccelerator(signal);
  return new VirtV2VConverter({ accelerator, emit, signal });
}

async function blankDisk(folder: TempFolder, name: string): Promise<V2VDisk> {
  await runCommand("qemu-img", ["create", "-q", "-f", "vmdk", folder.file(name), "16M"]);
  return { path: folder.file(name), format: "vmdk" };
}

/** Command lines of the processes that work in a folder. */
async function processesOf(folder: TempFolder): Promise<string[]> {
  const { stdout } = await runCommand("ps", ["-ww", "-eo", "stat=,args="]);
  return stdout.split("\n").filter((line) => line.includes(folder.path) && !line.startsWith("Z"));
}

async function names(folder: TempFolder): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder.path))).map(({ name }) => name).toSorted();
}

testNeeding(NEEDS, "convert() gives virt-v2v's own words for a disk without a system", async () => {
  await using folder = await TempFolder.create();
  const disk = await blankDisk(folder, "a.vmdk");
  const v2v = await converter(new AbortController().signal, () => {});
  const convert = (): Promise<unknown> => v2v.convert([disk], options(folder, [folder.file("shop.qcow2")]));
  const error = await assertRejects(
    convert,
    MigrateError,
    "Cannot convert with virt-v2v: inspection",
  ) as MigrateError;
  assertEquals(error.code, "tool/failed");
  assertStringIncludes(error.hint ?? "", "no operating system");
  assertEquals(await names(folder), ["a.vmdk", "v2v.log"]);
});

testNeeding(NEEDS, "convert() ends everything that virt-v2v has started when it is cancelled", async () => {
  await using folder = await TempFolder.create();
  const disks = [await blankDisk(folder, "a.vmdk"), await blankDisk(folder, "b.vmdk")];
  const abort = new AbortController();
  const v2v = await converter(abort.signal, (event) => {
    // The appliance is on its way up, and nbdkit or qemu-nbd serves the disks.
    if (event.type === "activity" && event.message === "Opening the source") {
      setTimeout(() => abort.abort(), 1500);
    }
  });
  const outputs = [folder.file("shop.qcow2"), folder.file("shop-2.qcow2")];
  const error = await assertRejects(() => v2v.convert(disks, options(folder, outputs)), MigrateError);
  assertEquals((error as MigrateError).code, "run/cancelled");
  await new Promise((resolve) => setTimeout(resolve, 500));
  assertEquals(await processesOf(folder), []);
  assertEquals(await names(folder), ["a.vmdk", "b.vmdk", "v2v.log"]);
});

testNeeding(NEEDS, "convert() converts the real guest and keeps its address", async () => {
  await using folder = await TempFolder.create();
  const { vmdk } = await ensureGuest("bios");
  const before = await sha256(vmdk);
  const events: RunEvent[] = [];
  const v2v = await converter(new AbortController().signal, (event) => events.push(event));
  const output = folder.file("shop.qcow2");
  const result = await v2v.convert([{ path: vmdk, format: "vmdk" }], options(folder, [output]));
  assertEquals(result.outputs.map(({ path, format }) => [path, format]), [[output, "qcow2"]]);
  assertEquals(result.machine.disks.map(({ bus }) => bus), ["virtio"]);
  assertEquals([result.machine.firmware, result.machine.nicModels], ["bios", ["virtio"]]);
  assert(result.concerns.some(({ id }) => id === "v2v/info"));
  assertEquals(await names(folder), ["shop.qcow2", "v2v.log"]);
  assertStringIncludes(await Deno.readTextFile(result.logPath), "Copying disk 1/1");
  assert(events.some((event) => event.type === "progress" && event.doneBytes === event.totalBytes));
  assertEquals(await sha256(vmdk), before);
});
