/** Sessions, listing and exports against the vCenter simulator, and the faults that they must survive. */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type VmExport,
  VsphereExporter,
  type VsphereExporterOptions,
} from "../../src/orchestrator/vsphere_exporter.ts";
import { MigrateError } from "../../src/model/error.ts";
import { runCommand } from "../../src/run/command.ts";
import { Datastores } from "../../src/source/vsphere/datastore.ts";
import { download } from "../../src/source/vsphere/download.ts";
import { readDetails, readInventory } from "../../src/source/vsphere/inventory.ts";
import { VsphereSession } from "../../src/source/vsphere/session.ts";
import { parseThumbprint } from "../../src/source/vsphere/trust.ts";
import { runCli } from "../support/cli.ts";
import { sha256 } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";
import { Simulator, type SimulatorOptions, sparseDisk, VSPHERE_NEEDS } from "../support/vsphere.ts";

const VM = "DC0_H0_VM0";
const RUNNING = "DC0_H0_VM1";
const FLAT = { datastore: "LocalDS_0", path: `${VM}/disk1-flat.vmdk` };
const MIB = 1024 ** 2;

interface Bed {
  readonly folder: TempFolder;
  readonly sim: Simulator;
  readonly disks: readonly string[];
}

/** Registers a test with a simulator whose first machine has a disk of 64 MiB and one of 8 MiB. */
function test(name: string, fn: (bed: Bed) => Promise<void>, options: SimulatorOptions = {}): void {
  testNeeding(VSPHERE_NEEDS, name, async () => {
    await using folder = await TempFolder.create();
    const disks = [await sparseDisk(folder.file("a.raw"), 64), await sparseDisk(folder.file("b.raw"), 8)];
    await using sim = await Simulator.start(folder, { disks, ...options });
    await fn({ folder, sim, disks });
  });
}

function exporter(
  session: VsphereSession,
  folder: TempFolder,
  options: Partial<VsphereExporterOptions> = {},
): VsphereExporter {
  return new VsphereExporter({
    session,
    vms: [VM],
    outputDir: folder.file("out"),
    mode: "datastore",
    job: { streams: 4 },
    vmsAtOnce: 2,
    signal: session.signal,
    ...options,
  });
}

async function exportDone(
  session: VsphereSession,
  folder: TempFolder,
  options?: Partial<VsphereExporterOptions>,
): Promise<VmExport> {
  const [result] = await exporter(session, folder, options).exportMany();
  if (result?.error !== undefined) throw result.error;
  return result!;
}

async function assertSameFlats({ folder, disks }: Bed): Promise<void> {
  const flats = [`${VM}-flat.vmdk`, `${VM}-2-flat.vmdk`].map((name) => folder.file(`out/${VM}/${name}`));
  assertEquals(await Promise.all(flats.map(sha256)), await Promise.all(disks.map(sha256)));
}

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
  await session.call("CreateSnapshot_Task", { type: "VirtualMachine", id: on!.id }, [
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
});

test("session survives being killed before every call", async ({ sim }) => {
  await using session = await sim.session();
  const calls = ["CreateContainerView", "RetrievePropertiesEx", "CurrentTime"];
  for (const Method of calls) await sim.order({ Method, Action: "logout" });
  assertEquals((await readInventory(session)).vms.length, 2);
  await session.call("CurrentTime", { type: "ServiceInstance", id: "ServiceInstance" });
  assertEquals((await sim.counts()).hits["Login"], 4);
});

test("session survives 503 and dropped connections", async ({ sim }) => {
  await sim.order({ Method: "RetrieveServiceContent", Action: "drop" });
  await sim.order({ Method: "Login", Action: "status", Status: 503 });
  await sim.order({ Method: "RetrievePropertiesEx", Action: "drop", Count: 2 });
  await sim.order({ Method: "CreateContainerView", Action: "status", Status: 503 });
  await using session = await sim.session();
  assertEquals((await readInventory(session)).vms.length, 2);
});

test("session gives up on a server that stays away", async ({ sim }) => {
  await sim.order({ Method: "CurrentTime", Action: "status", Status: 503, Count: 99 });
  await using session = await sim.session();
  const call = () => session.call("CurrentTime", { type: "ServiceInstance", id: "ServiceInstance" });
  const error = await assertRejects(call, MigrateError, "503");
  assertEquals(error.code, "network/failed");
});

test("session keeps itself alive and logs out", async ({ sim }) => {
  {
    await using _session = await VsphereSession.open({ ...await sim.sessionOptions(), keepAliveMs: 100 });
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
  const { hits } = await sim.counts();
  assert(hits["CurrentTime"]! >= 3);
  assertEquals(hits["Logout"], 1);
});

test("session refuses a wrong password", async ({ sim }) => {
  const options = { ...await sim.sessionOptions(), password: "wrong-one" };
  const error = await assertRejects(() => VsphereSession.open(options), MigrateError, "password is wrong");
  assertEquals(error.code, "permission/denied");
  assert(!`${error.message}${error.hint}`.includes("wrong-one"));
});

test("session trusts an authority, a thumbprint, or anything, as asked", async ({ sim }) => {
  const options = await sim.sessionOptions();
  const unknown = { ...options, trust: { kind: "ca" as const } };
  const error = await assertRejects(() => VsphereSession.open(unknown), MigrateError, "Cannot trust");
  const thumbprint = parseThumbprint(/--thumbprint (\S+)/.exec(error.hint!)![1]!);
  for (const trust of [{ kind: "pin" as const, thumbprint }, { kind: "insecure" as const }]) {
    await using session = await VsphereSession.open({ ...options, trust });
    assertEquals(session.content.apiType, "VirtualCenter");
  }
});

test("session refuses a certificate that changed, and shows both thumbprints", async ({ sim }) => {
  const options = await sim.sessionOptions();
  const unknown = { ...options, trust: { kind: "ca" as const } };
  const { hint } = await assertRejects(() => VsphereSession.open(unknown), MigrateError);
  const thumbprint = parseThumbprint(/--thumbprint (\S+)/.exec(hint!)![1]!);
  await using session = await VsphereSession.open({ ...options, trust: { kind: "pin", thumbprint } });
  await sim.order({ Method: "", Action: "certificate" });
  const error = await assertRejects(() => readInventory(session), MigrateError, thumbprint.hex);
  assertEquals(/[0-9A-F:]{95}/g[Symbol.match](error.message)?.length, 2);
});

test("exportMany() by datastore gives the datastore's bytes and its machine", async (bed) => {
  await using session = await bed.sim.session();
  const { source, status } = await exportDone(session, bed.folder);
  await assertSameFlats(bed);
  assertEquals(status, "exported");
  assertEquals(source!.kind, "vsphere-export");
  assertEquals(source!.disks.map((disk) => [disk.controller, disk.slot]), [["scsi", 0], ["scsi", 1]]);
  assertEquals(source!.machine.nics[0]!.network, "DC0_DVPG0");
  const blocks = (await Deno.stat(bed.folder.file(`out/${VM}/${VM}-flat.vmdk`))).blocks!;
  assert(blocks * 512 < 8 * MIB, "zeros are holes");
  assertEquals((await bed.folder.names(`out/${VM}`)).filter((name) => /ranges|partial/.test(name)), []);
});

test("exportMany() by nfc gives the same disks", async ({ folder, sim, disks }) => {
  await using session = await sim.session();
  const { source } = await exportDone(session, folder, { mode: "nfc" });
  for (const [index, disk] of source!.disks.entries()) {
    assertEquals(disk.detail, "streamOptimized");
    await runCommand("qemu-img", ["convert", "-O", "raw", disk.path, folder.file("back.raw")]);
    assertEquals(await sha256(folder.file("back.raw")), await sha256(disks[index]!));
  }
  assertEquals((await sim.counts()).hits["HttpNfcLeaseComplete"], 1);
});

test("exportMany() survives every fault of a download by datastore", async (bed) => {
  const { sim } = bed;
  await sim.order({ Method: "FOLDER", Action: "drop", Skip: 1 });
  await sim.order({ Method: "FOLDER", Action: "status", Status: 503, Skip: 3 });
  await sim.order({ Method: "FOLDER", Action: "cut", After: 300_000, Skip: 4, Count: 6 });
  await sim.order({ Method: "FOLDER", Action: "logout", Skip: 6 });
  await using session = await sim.session();
  await exportDone(session, bed.folder, { job: { streams: 1 } });
  await assertSameFlats(bed);
});

test("download() leaves a connection that stalls", async ({ folder, sim, disks }) => {
  await sim.order({ Method: "FOLDER", Action: "slow", After: 1_000, Skip: 3 });
  await using session = await sim.session();
  const target = folder.file("disk.vmdk");
  await download(new Datastores(session, "DC0"), FLAT, target, { streams: 2, signal: session.signal });
  assertEquals(await sha256(target), await sha256(disks[0]!));
});

test("exportMany() survives broken streams by nfc", async ({ folder, sim, disks }) => {
  await sim.order({ Method: "NFC", Action: "drop" });
  await sim.order({ Method: "NFC", Action: "cut", After: 700_000 });
  await sim.order({ Method: "ExportVm", Action: "logout" });
  await sim.order({ Method: "HttpNfcLeaseComplete", Action: "logout" });
  await using session = await sim.session();
  const { source } = await exportDone(session, folder, { mode: "nfc" });
  await runCommand("qemu-img", ["convert", "-O", "raw", source!.disks[0]!.path, folder.file("back.raw")]);
  assertEquals(await sha256(folder.file("back.raw")), await sha256(disks[0]!));
});

test("exportMany() begins anew when the lease is lost with the session", async ({ folder, sim, disks }) => {
  await sim.order({ Method: "NFC", Action: "logout", Skip: 1 });
  await using session = await sim.session();
  const { source } = await exportDone(session, folder, { mode: "nfc" });
  await runCommand("qemu-img", ["convert", "-O", "raw", source!.disks[1]!.path, folder.file("back.raw")]);
  assertEquals(await sha256(folder.file("back.raw")), await sha256(disks[1]!));
  assertEquals((await sim.counts()).hits["ExportVm"], 2);
});

test("exportMany() keeps the lease of a slow export alive", async ({ folder, sim }) => {
  await sim.order({ Method: "NFC", Action: "slow", After: MIB, Count: 2 });
  await using session = await sim.session();
  await exportDone(session, folder, { mode: "nfc" });
  assert((await sim.counts()).hits["HttpNfcLeaseProgress"]! >= 3);
}, { leaseSeconds: 1 });

test("exportMany() aborts the lease of an export that fails", async ({ folder, sim }) => {
  await sim.order({ Method: "NFC", Action: "status", Status: 500, Count: 99 });
  await using session = await sim.session();
  const [result] = await exporter(session, folder, { mode: "nfc" }).exportMany();
  assertEquals(result!.status, "failed");
  assertEquals((await sim.counts()).hits["HttpNfcLeaseAbort"], 1);
});

test("download() asks a second time for exactly what is missing", async ({ folder, sim, disks }) => {
  const target = folder.file("disk.vmdk");
  const stop = new AbortController();
  await sim.order({ Method: "FOLDER", Action: "slow", After: 16 * MIB, Count: 99 });
  {
    await using session = await sim.session(stop.signal);
    const onProgress = (done: number): void => done > 20 * MIB ? stop.abort() : undefined;
    const stopped = download(new Datastores(session, "DC0"), FLAT, target, {
      streams: 2,
      signal: stop.signal,
      onProgress,
    });
    assertEquals((await assertRejects(() => stopped, MigrateError)).code, "run/cancelled");
  }
  const note = JSON.parse(await Deno.readTextFile(`${target}.ranges`)) as { ranges: [number, number][] };
  const there = note.ranges.reduce((sum, [start, end]) => sum + end - start, 0);
  assert(there > 20 * MIB);
  await new Promise((resolve) => setTimeout(resolve, 500)); // the server notices that nobody listens
  await sim.order({ Method: "", Action: "clear" });
  await using session = await sim.session();
  await download(new Datastores(session, "DC0"), FLAT, target, { streams: 2, signal: session.signal });
  assertEquals((await sim.counts()).sent["FOLDER"], 64 * MIB - there);
  assertEquals(await sha256(target), await sha256(disks[0]!));
});

test("download() never mixes two versions of a file", async ({ folder, sim }) => {
  await sim.order({ Method: "FOLDER", Action: "touch", Skip: 3 });
  await using session = await sim.session();
  const datastores = new Datastores(session, "DC0");
  const run = () =>
    download(datastores, FLAT, folder.file("disk.vmdk"), { streams: 1, signal: session.signal });
  const error = await assertRejects(run, MigrateError, "changed");
  assertEquals(error.code, "source/damaged");
  await sim.order({ Method: "", Action: "clear" });
  await run();
  assertEquals((await sim.counts()).sent["FOLDER"], 64 * MIB);
});

test("exportMany() exports the others when one fails", async ({ folder, sim }) => {
  await using session = await sim.session();
  const results = await exporter(session, folder, { vms: ["DC0_H0_VM*"] }).exportMany();
  assertEquals(results.map((one) => [one.name, one.status]), [[VM, "exported"], [RUNNING, "failed"]]);
  assertStringIncludes(results[1]!.error!.message, "not off");
  const again = await exporter(session, folder).exportMany();
  assertEquals(again[0]!.status, "present");
  assertEquals(again[0]!.source!.disks.length, 2);
});

testNeeding(
  {
    ...VSPHERE_NEEDS,
    programs: [...VSPHERE_NEEDS.programs, "virsh"],
    files: [...VSPHERE_NEEDS.files, "/etc/libvirt"],
  },
  "the simulator is a vCenter for libvirt's own driver, too",
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
  },
);

test("vsphere export writes what convert and inspect take", async ({ folder, sim }) => {
  await Deno.writeTextFile(folder.file("pw"), "pass\n");
  const server = ["--vcenter", `127.0.0.1:${sim.port}`, "--user", "user", "--ca", sim.caFile];
  const login = [...server, "--password-file", folder.file("pw")];
  const listed = await runCli(["vsphere", "list", ...login]);
  assertStringIncludes(listed.stdout, `/DC0/vm/${VM}`);
  const shown = await runCli(["vsphere", "show", "--vm", VM, "--json", ...server, "--password-env", "PW"], {
    PW: "pass",
  });
  assertEquals((JSON.parse(shown.stdout) as { name: string }[])[0]!.name, VM);
  const exported = await runCli(["vsphere", "export", "--vm", VM, "-o", folder.file("out"), ...login]);
  assertEquals(exported.status, 0, exported.stderr);
  const inspected = await runCli(["inspect", folder.file(`out/${VM}/source.json`), "--json"]);
  assertEquals(inspected.status, 0, inspected.stderr);
  const source = JSON.parse(inspected.stdout) as { name: string; kind: string; disks: unknown[] };
  assertEquals([source.name, source.kind, source.disks.length], [VM, "vsphere-export", 2]);
});

test("vsphere export fails with the status of its error", async ({ folder, sim }) => {
  const login = [
    "--vcenter",
    `127.0.0.1:${sim.port}`,
    "--user",
    "user",
    "--insecure",
    "--password-env",
    "PW",
  ];
  const run = (...args: string[]) => runCli(["vsphere", ...args, ...login], { PW: "pass-of-nobody" });
  const denied = await run("list");
  assertEquals(denied.status, 3);
  assertStringIncludes(denied.stderr, "--insecure");
  assert(!denied.stderr.includes("pass-of-nobody"));
  assertEquals(
    (await runCli(["vsphere", "export", "--vm", RUNNING, "-o", folder.file("out"), ...login], { PW: "pass" }))
      .status,
    1,
  );
  assertEquals((await runCli(["vsphere", "show", "--vm", "nobody", ...login], { PW: "pass" })).status, 9);
});
