import { assertEquals, assertRejects } from "@std/assert";
import { DiskDiscovery } from "../../../src/orchestrator/disk_discovery.ts";
import { MigrateError } from "../../../src/model/error.ts";
import type { DiscoveredSource } from "../../../src/model/source.ts";
import { runCommand } from "../../../src/run/command.ts";
import { writeExported } from "../../../src/source/vsphere/exported.ts";
import { testNeeding } from "../../support/needs.ts";
import { TempFolder } from "../../support/temp.ts";

const NEEDS = { programs: ["qemu-img"] };
const MACHINE = {
  cpus: 2,
  firmware: "uefi",
  nics: [{ mac: "00:50:56:aa:bb:01", macOrigin: "source", network: "Shop" }],
} as const;

function discover(path: string): Promise<DiscoveredSource> {
  const job = { source: [path], kind: undefined, name: undefined };
  const workDir = () => Promise.reject(new Error("not needed"));
  return new DiskDiscovery({
    job,
    signal: new AbortController().signal,
    workDir,
    resources: new AsyncDisposableStack(),
  }).discover();
}

async function write(folder: TempFolder, file: string): Promise<string> {
  const disks = [{ file, controller: "scsi" as const, slot: 3 }];
  return await writeExported(folder.path, {
    origin: "vc /DC0/vm/web vm-1",
    name: "web",
    machine: MACHINE,
    disks,
  });
}

testNeeding(NEEDS, "exported.read() gives back the machine with its disks", async () => {
  await using folder = await TempFolder.create();
  await runCommand("qemu-img", ["create", "-q", "-f", "vmdk", folder.file("web.vmdk"), "8M"]);
  const source = await discover(await write(folder, "web.vmdk"));
  assertEquals([source.kind, source.name], ["vsphere-export", "web"]);
  assertEquals(source.machine, MACHINE);
  const [disk] = source.disks;
  assertEquals([disk!.path, disk!.controller, disk!.slot], [folder.file("web.vmdk"), "scsi", 3]);
});

testNeeding(NEEDS, "exported.read() refuses a disk outside the folder", async () => {
  await using folder = await TempFolder.create();
  for (const file of ["../web.vmdk", "/etc/passwd", ".."]) {
    const path = await write(folder, file);
    const error = await assertRejects(() => discover(path), MigrateError, "no folders");
    assertEquals(error.code, "source/damaged");
  }
});
