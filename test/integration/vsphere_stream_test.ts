/** Machines read in place from the vCenter simulator. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import type { Report } from "../../src/model/report.ts";
import { selectSource } from "../../src/orchestrator/disk_discovery.ts";
import { runCommand } from "../../src/run/command.ts";
import type { FoundMachine, SourceContext } from "../../src/source/source.ts";
import { streamFromVsphere } from "../../src/source/vsphere/stream/stream_vm.ts";
import { runCli } from "../support/cli.ts";
import { ensureGuest } from "../support/guests.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";
import { Simulator, VSPHERE_NEEDS } from "../support/vsphere.ts";
import {
  assertSameContent,
  type Bed,
  MIB,
  RUNNING,
  VM,
  vsphereTest as test,
} from "../support/vsphere_bed.ts";

/** Reads a machine in place, and hands it to the work. */
async function streamed(
  { folder, sim }: Bed,
  vm: string,
  work: (found: FoundMachine) => Promise<void>,
): Promise<void> {
  await using resources = new AsyncDisposableStack();
  await Deno.writeTextFile(folder.file("pw"), "pass");
  const job = {
    ...{ source: [], name: undefined, kind: undefined, user: "user", password_file: folder.file("pw") },
    ca: sim.caFile,
  };
  const context: SourceContext = {
    ...{ signal: new AbortController().signal, job, select: selectSource, depth: 0, resources },
    workDir: () => Promise.resolve(folder.path),
  };
  await work(await streamFromVsphere(`vsphere://127.0.0.1:${sim.port}/${vm}`, context));
}

test("streamFromVsphere() reads the datastore's bytes, and leaves holes where they are", async (bed) => {
  await streamed(bed, `DC0/vm/${VM}`, async ({ disks, machine, name }) => {
    for (const [index, disk] of disks.entries()) await assertSameContent(bed.folder, disk, bed.disks[index]!);
    assertEquals(name, VM);
    assertEquals(machine!.nics.length, 1);
    assertEquals(disks.map((disk) => [disk.controller, disk.slot]), [["scsi", 0], ["scsi", 1]]);
  });
  const { sent } = await bed.sim.counts();
  assert(sent["FOLDER"]! < 8 * MIB, `${sent["FOLDER"]} bytes were fetched`);
});

test("streamFromVsphere() survives lost sessions, 503, dropped connections and short reads", async (bed) => {
  await bed.sim.order({ Method: "FOLDER", Action: "drop", Skip: 5 });
  await bed.sim.order({ Method: "FOLDER", Action: "status", Status: 503, Skip: 6 });
  await bed.sim.order({ Method: "FOLDER", Action: "cut", After: 100_000, Skip: 8 });
  await bed.sim.order({ Method: "FOLDER", Action: "logout", Skip: 12 });
  await streamed(bed, VM, async ({ disks }) => {
    for (const [index, disk] of disks.entries()) await assertSameContent(bed.folder, disk, bed.disks[index]!);
  });
}, { cbt: false });

test("streamFromVsphere() never mixes two versions of a disk", async (bed) => {
  await streamed(bed, VM, async ({ disks }) => {
    await bed.sim.order({ Method: "FOLDER", Action: "touch", Skip: 3 });
    const copy = () =>
      runCommand("qemu-img", ["convert", "-O", "raw", disks[0]!.image, bed.folder.file("back.raw")]);
    assertStringIncludes((await assertRejects(copy, MigrateError)).message, "Input/output error");
  });
}, { cbt: false });

test("streamFromVsphere() says what stands in the way", async (bed) => {
  const error = await assertRejects(() => streamed(bed, RUNNING, () => Promise.resolve()), MigrateError);
  assertEquals(error.code, "plan/blocked");
  assertStringIncludes(error.hint!, "vsphere export");
  await assertRejects(() => streamed(bed, "DC0_H0_*", () => Promise.resolve()), MigrateError, "2 VMs");
});

const NEEDS = {
  ...VSPHERE_NEEDS,
  programs: [...VSPHERE_NEEDS.programs, "qemu-system-x86_64"],
  libraries: ["libguestfs.so.0"],
};

testNeeding(NEEDS, "convert takes a machine straight from vCenter to a proved boot", async () => {
  await using folder = await TempFolder.create();
  const { raw } = await ensureGuest("bios");
  await using sim = await Simulator.start(folder, { disks: [raw] });
  const { status, stdout, stderr } = await runCli([
    ...["convert", `vsphere://user@127.0.0.1:${sim.port}/${VM}`, "-o", folder.file("out")],
    ...["--ca", sim.caFile, "--password-env", "PW"],
  ], { PW: "pass" });
  assertEquals(status, 0, stderr + stdout);
  const report = JSON.parse(await Deno.readTextFile(folder.file("out/report.json"))) as Report;
  assertEquals(report.vms[0]?.proof?.verdict, "booted");
  assertEquals((await folder.names("out")).filter((name) => /vmdk|raw|partial/.test(name)), []);
  const { blocks } = await Deno.stat(folder.file(`out/${VM}.qcow2`));
  const { sent } = await sim.counts();
  assert(sent["FOLDER"]! < 1.5 * blocks! * 512, "only what the guest uses travels");
});
