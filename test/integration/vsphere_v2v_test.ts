/** virt-v2v and VMware's own programs as ways out of vSphere, against the vCenter simulator. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { VirtV2VConverter } from "../../src/orchestrator/virt_v2v_converter.ts";
import { type VmExport, VsphereExporter } from "../../src/orchestrator/vsphere_exporter.ts";
import type { ExportMode } from "../../src/source/vsphere/modes/table.ts";
import { libvirtUri, readV2VPlace } from "../../src/source/vsphere/v2v_input.ts";
import { readDetails, readInventory } from "../../src/source/vsphere/inventory.ts";
import { VsphereSession } from "../../src/source/vsphere/session.ts";
import { discover } from "../support/discover.ts";
import { missingHere, testNeeding } from "../support/needs.ts";
import { hardware, printSource } from "../support/print_source.ts";
import { TempFolder } from "../support/temp.ts";
import { Simulator, sparseDisk, VSPHERE_NEEDS } from "../support/vsphere.ts";

const VM = "DC0_H0_VM0";
const NEEDS = { ...VSPHERE_NEEDS, programs: [...VSPHERE_NEEDS.programs, "virt-v2v", "nbdkit"] };

/** Registers a test with a session on a simulator whose certificate nobody checks. */
function test(name: string, fn: (session: VsphereSession, folder: TempFolder) => Promise<void>): void {
  testNeeding(NEEDS, name, async () => {
    await using folder = await TempFolder.create();
    await using sim = await Simulator.start(folder, { disks: [await sparseDisk(folder.file("a.raw"), 16)] });
    await using session = await VsphereSession.open({
      ...await sim.sessionOptions(),
      trust: { kind: "insecure" },
    });
    await fn(session, folder);
  });
}

async function exported(session: VsphereSession, folder: TempFolder, mode: ExportMode): Promise<VmExport> {
  const exporter = new VsphereExporter({
    ...{ session, vms: [VM], outputDir: folder.file("out"), mode, vmsPerHost: 1, signal: session.signal },
  });
  return (await exporter.exportMany())[0]!;
}

test("readV2VPlace() gives the path by which libvirt knows the host", async (session) => {
  const inventory = await readInventory(session);
  const [vm] = await readDetails(session, inventory, inventory.vms.filter(({ name }) => name === VM));
  const place = await readV2VPlace(session, vm!);
  assertEquals(place, {
    isVcenter: true,
    hostPath: ["DC0", "DC0_H0"],
    host: "DC0_H0",
    vmx: "[LocalDS_0] DC0_H0_VM0/DC0_H0_VM0.vmx",
  });
  assertEquals(libvirtUri(session.login, place), `vpx://user@${session.address}/DC0/DC0_H0?no_verify=1`);
});

test("exportMany() has virt-v2v read the disks from the server", async (session, folder) => {
  const { status, error } = await exported(session, folder, "v2v");
  // It has logged in, found the machine and read its disk, on which there is no system.
  assertEquals([status, error?.code], ["failed", "guest/unsupported"], error?.message);
  assertStringIncludes(error?.message ?? "", "inspection could not detect the source guest");
  assertEquals(await folder.names(`out/${VM}`), ["virt-v2v.log"]);
  const log = await Deno.readTextFile(folder.file(`out/${VM}/virt-v2v.log`));
  assertStringIncludes(log, `-ic vpx://user@${session.address}/DC0/DC0_H0?no_verify=1`);
});

test("exportMany() by nfc leaves a package that virt-v2v reads as we do", async (session, folder) => {
  const { status } = await exported(session, folder, "nfc");
  assertEquals(status, "exported");
  const home = folder.file(`out/${VM}`);
  assertEquals(await printSource("ova", home), hardware(await discover(`${home}/${VM}.ovf`)));
});

test("convert() says at once that there is no VDDK", async (session, folder) => {
  const passwordFile = folder.file("password");
  await Deno.writeTextFile(passwordFile, session.login.password);
  const signal = session.signal;
  const converter = new VirtV2VConverter({ accelerator: "tcg", signal, emit: () => {} });
  const uri = `vpx://user@${session.address}/DC0/DC0_H0?no_verify=1`;
  const vddk = { libdir: folder.file("no-vddk"), thumbprint: "aa:bb" };
  const disk = {
    path: "a",
    image: "a",
    format: "vmdk" as const,
    virtualSizeBytes: 1,
    allocatedSizeBytes: 1,
    files: [],
  };
  const convert = (): Promise<unknown> =>
    converter.convert({ kind: "vcenter", uri, guest: VM, passwordFile, vddk }, {
      source: { kind: "vsphere", location: VM, name: VM, disks: [disk], machine: { nics: [] } },
      ...{ nics: [], outputs: [folder.file("a.qcow2")], format: "qcow2", retries: 3 },
      logPath: folder.file("v2v.log"),
    });
  const error = await assertRejects(convert, MigrateError) as MigrateError;
  assertEquals(error.code, "tool/missing", error.message);
  assertStringIncludes(error.hint ?? "", "--vddk-libdir");
  const log = await Deno.readTextFile(folder.file("v2v.log"));
  assertEquals(log.match(/Setting up the source/g)?.length, 1);
});

test("exportMany() says what is missing for VMware's own programs", async (session, folder) => {
  const reason = async (mode: ExportMode): Promise<string | undefined> => {
    const { error } = await exported(session, folder, mode);
    return error?.code === "tool/missing" ? error.message : `${error?.code}: ${error?.message}`;
  };
  assertStringIncludes(await reason("vddk") ?? "", "Cannot export by VDDK");
  if (missingHere({ files: ["/usr/bin/ovftool"] }).length > 0) {
    assertStringIncludes(await reason("ovftool") ?? "", "Cannot export by ovftool: it is not installed");
  }
});
