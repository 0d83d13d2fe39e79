/** Exports by lease and datastore against the vCenter simulator, and the faults that they must survive. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCommand } from "../../src/run/command.ts";
import { sha256 } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";
import { Simulator, sparseDisk, VSPHERE_NEEDS } from "../support/vsphere.ts";
import {
  assertSameContent,
  assertSameFlats,
  exportDone,
  exporter,
  MIB,
  RUNNING,
  VM,
  vsphereTest as test,
} from "../support/vsphere_bed.ts";

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

testNeeding(VSPHERE_NEEDS, "exportMany() by nfc has 6 disks of a machine on their way at most", async () => {
  await using folder = await TempFolder.create();
  const disk = await sparseDisk(folder.file("a.raw"), 2);
  await using sim = await Simulator.start(folder, { disks: Array(9).fill(disk) });
  await sim.order({ Method: "NFC", Action: "slow", After: 4 * MIB, Count: 9 });
  await using session = await sim.session();
  const { source } = await exportDone(session, folder, { mode: "nfc" });
  assertEquals(source!.disks.map(({ slot }) => slot), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  const most = (await sim.counts()).peaks["NFC"]!;
  assert(most <= 6, `${most} at the same time`);
});

test("exportMany() keeps the lease of a slow export alive", async ({ folder, sim }) => {
  await sim.order({ Method: "NFC", Action: "slow", After: MIB, Count: 2 });
  await using session = await sim.session();
  await exportDone(session, folder, { mode: "nfc" });
  assert((await sim.counts()).hits["HttpNfcLeaseProgress"]! >= 3);
}, { leaseSeconds: 1 });

test(
  "exportMany() says that a lease has ended, and a second run succeeds",
  async ({ folder, sim, disks }) => {
    await sim.order({ Method: "HttpNfcLeaseProgress", Action: "fault", Fault: "Timedout", Count: 99 });
    await sim.order({ Method: "NFC", Action: "slow", After: MIB, Count: 2 });
    await using session = await sim.session();
    const [result] = await exporter(session, folder, { mode: "nfc" }).exportMany();
    assertEquals([result!.status, result!.error?.code], ["failed", "network/failed"]);
    assertStringIncludes(result!.error!.message, "Cannot complete the export");
    assertEquals((await folder.names(`out/${VM}`)).includes("source.json"), false);
    await sim.order({ Method: "", Action: "clear" });
    const { source } = await exportDone(session, folder, { mode: "nfc" });
    await assertSameContent(folder, source!.disks[0]!, disks[0]!);
  },
  { leaseSeconds: 1 },
);

test("exportMany() aborts the lease of an export that fails", async ({ folder, sim }) => {
  await sim.order({ Method: "NFC", Action: "status", Status: 500, Count: 99 });
  await using session = await sim.session();
  const [result] = await exporter(session, folder, { mode: "nfc" }).exportMany();
  assertEquals(result!.status, "failed");
  assertEquals((await sim.counts()).hits["HttpNfcLeaseAbort"], 1);
});

test("exportMany() exports the others when one fails", async ({ folder, sim }) => {
  await sim.order({ Method: "CreateSnapshot_Task", Action: "fault", Fault: "SnapshotFault", Count: 9 });
  await using session = await sim.session();
  const results = await exporter(session, folder, { vms: ["DC0_H0_VM*"] }).exportMany();
  assertEquals(results.map((one) => [one.name, one.status]), [[VM, "exported"], [RUNNING, "failed"]]);
  assertStringIncludes(results[1]!.error!.message, "Cannot make a snapshot");
  const again = await exporter(session, folder).exportMany();
  assertEquals(again[0]!.status, "present");
  assertEquals(again[0]!.source!.disks.length, 2);
});
