/**
 * What tests against the vCenter simulator share: its machines, its disks, and exports of them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  type VmExport,
  VsphereExporter,
  type VsphereExporterOptions,
} from "../../src/orchestrator/vsphere_exporter.ts";
import { runCommand } from "../../src/run/command.ts";
import type { SourceDisk } from "../../src/model/disk.ts";
import type { VsphereSession } from "../../src/source/vsphere/session.ts";
import { readInventory } from "../../src/source/vsphere/inventory.ts";
import { sha256 } from "./images.ts";
import { testNeeding } from "./needs.ts";
import { TempFolder } from "./temp.ts";
import { Simulator, type SimulatorOptions, sparseDisk, VSPHERE_NEEDS } from "./vsphere.ts";

/** The machine that has the disks. */
export const VM = "DC0_H0_VM0";
/** Another one, which is on. */
export const RUNNING = "DC0_H0_VM1";
/** The extent of the first disk. */
export const FLAT = { datastore: "LocalDS_0", path: `${VM}/disk1-flat.vmdk` };
/** Bytes of a MiB. */
export const MIB = 1024 ** 2;

/** A simulator with its disks. */
export interface Bed {
  /** Everything lies in it. */
  readonly folder: TempFolder;
  /** The server. */
  readonly sim: Simulator;
  /** Raw images that the disks were made of. */
  readonly disks: readonly string[];
}

/** Registers a test with a simulator whose first machine has a disk of 64 MiB and one of 8 MiB. */
export function vsphereTest(
  name: string,
  fn: (bed: Bed) => Promise<void>,
  options: SimulatorOptions = {},
): void {
  testNeeding(VSPHERE_NEEDS, name, async () => {
    await using folder = await TempFolder.create();
    const disks = [await sparseDisk(folder.file("a.raw"), 64), await sparseDisk(folder.file("b.raw"), 8)];
    await using sim = await Simulator.start(folder, { disks, ...options });
    await fn({ folder, sim, disks });
  });
}

/** An export of the first machine into `out`. */
export function exporter(
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
    signal: session.signal,
    ...options,
  });
}

/** Exports the first machine; throws what it failed with. */
export async function exportDone(
  session: VsphereSession,
  folder: TempFolder,
  options?: Partial<VsphereExporterOptions>,
): Promise<VmExport> {
  const [result] = await exporter(session, folder, options).exportMany();
  if (result?.error !== undefined) throw result.error;
  return result!;
}

/** The exported flat files are those of the datastore. */
export async function assertSameFlats({ folder, disks }: Bed): Promise<void> {
  const flats = [`${VM}-flat.vmdk`, `${VM}-2-flat.vmdk`].map((name) => folder.file(`out/${VM}/${name}`));
  assertEquals(await Promise.all(flats.map(sha256)), await Promise.all(disks.map(sha256)));
}

/** What an exported disk holds, as a guest sees it, is what a raw image holds. */
export async function assertSameContent(folder: TempFolder, disk: SourceDisk, raw: string): Promise<void> {
  await runCommand("qemu-img", [
    "convert",
    "-f",
    disk.format,
    "-O",
    "raw",
    disk.image,
    folder.file("back.raw"),
  ]);
  assertEquals(await sha256(folder.file("back.raw")), await sha256(raw));
}

/** The flags that log the command line in to a simulator, with the environment of `PASSWORD`. */
export function loginFlags({ port, caFile }: Simulator): string[] {
  return ["--vcenter", `127.0.0.1:${port}`, "--user", "user", "--ca", caFile, "--password-env", "PW"];
}

/** The environment for {@linkcode loginFlags}. */
export const PASSWORD = { PW: "pass" };

/** Power of the machine that has the disks. */
export async function powerOfFirst(sim: Simulator): Promise<string> {
  await using session = await sim.session();
  return (await readInventory(session)).vms.find((vm) => vm.name === VM)!.power;
}
