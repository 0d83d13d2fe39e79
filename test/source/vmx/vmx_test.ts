import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MigrateError } from "../../../src/model/error.ts";
import { runCommand } from "../../../src/run/command.ts";
import { isVmx, readVmx } from "../../../src/source/vmx/text.ts";
import { discover } from "../../support/discover.ts";
import { convertImage, makeRawDisk } from "../../support/images.ts";
import { TempFolder } from "../../support/temp.ts";

const VMX = `.encoding = "UTF-8"
config.version = "8"
virtualHW.version = "19"
displayName = "db |22one|22"
guestOS = "debian11-64"
memsize = "3072"
numvcpus = "4"
firmware = "efi"
uefi.secureBoot.enabled = "TRUE"
vtpm.present = "TRUE"
scsi0.present = "TRUE"
scsi0.virtualDev = "pvscsi"
scsi0:1.present = "TRUE"
scsi0:1.fileName = "data.vmdk"
SCSI0:0.FileName = "db-000001.vmdk"
scsi0:0.present = "true"
scsi0:2.present = "FALSE"
scsi0:2.fileName = "removed.vmdk"
ide1:0.present = "TRUE"
ide1:0.deviceType = "cdrom-image"
ide1:0.fileName = "debian.iso"
nvme0:0.present = "TRUE"
nvme0:0.fileName = "fast.vmdk"
ethernet1.present = "TRUE"
ethernet1.virtualDev = "e1000e"
ethernet1.addressType = "generated"
ethernet1.generatedAddress = "00:0c:29:AA:BB:CC"
ethernet1.connectionType = "nat"
ethernet0.present = "TRUE"
ethernet0.virtualDev = "vmxnet3"
ethernet0.networkName = "VM Network"
ethernet0.addressType = "static"
ethernet0.address = "00:50:56:8a:12:34"
ethernet2.present = "FALSE"
`;

Deno.test("readVmx() reads hardware, drives in boot order and cards", () => {
  assertEquals(readVmx(VMX.replaceAll("\n", "\r\n")), {
    name: 'db "one"',
    encrypted: false,
    drives: [
      { controller: "scsi", controllerNumber: 0, slot: 0, file: "db-000001.vmdk" },
      { controller: "scsi", controllerNumber: 0, slot: 1, file: "data.vmdk" },
      { controller: "nvme", controllerNumber: 0, slot: 0, file: "fast.vmdk" },
    ],
    machine: {
      cpus: 4,
      memoryBytes: 3 * 1024 ** 3,
      firmware: "uefi-secure-boot",
      tpm: true,
      nics: [
        { mac: "00:50:56:8a:12:34", macOrigin: "source", network: "VM Network", model: "vmxnet3" },
        { mac: "00:0c:29:aa:bb:cc", macOrigin: "source", network: "nat", model: "e1000e" },
      ],
      osHint: "debian11-64",
    },
  });
});

Deno.test("readVmx() follows bios.hddOrder", () => {
  const { drives } = readVmx(`${VMX}bios.hddOrder = "nvme0:0,scsi0:1"\n`);
  assertEquals(drives.map(({ file }) => file), ["fast.vmdk", "data.vmdk", "db-000001.vmdk"]);
});

Deno.test("readVmx() refuses a text without settings", () => {
  assertThrows(() => readVmx("hello"), Error, "it has no settings");
});

Deno.test("isVmx() looks for the keys that every configuration has", () => {
  assertEquals([isVmx(VMX), isVmx('name = "x"'), isVmx(`\0${VMX}`)], [true, false, false]);
});

/** db.vmx as above, with its disks; the first is a snapshot of another. */
async function makeVm(folder: TempFolder): Promise<string> {
  await makeRawDisk(folder.file("disk.raw"));
  for (const name of ["db.vmdk", "data.vmdk", "fast.vmdk"]) {
    await convertImage(folder.file("disk.raw"), folder.file(name), "vmdk");
  }
  const snapshot = ["create", "-q", "-f", "vmdk", "-b", "db.vmdk", "-F", "vmdk", "db-000001.vmdk"];
  await runCommand("qemu-img", snapshot, { cwd: folder.path });
  await Deno.writeTextFile(folder.file("db.vmx"), VMX);
  return folder.file("db.vmx");
}

Deno.test("DiskDiscovery.discover() reads a VMX with the snapshot in use", async () => {
  await using folder = await TempFolder.create();
  const source = await discover(await makeVm(folder));
  assertEquals([source.kind, source.name, source.machine.cpus], ["vmx", "db__one_", 4]);
  assertEquals(source.disks[0]?.files, [folder.file("db-000001.vmdk"), folder.file("db.vmdk")]);
  assertEquals(source.disks.map(({ controller, slot }) => [controller, slot]), [
    ["scsi", 0],
    ["scsi", 1],
    ["nvme", 0],
  ]);
});

Deno.test("DiskDiscovery.discover() finds the disks of a VMX that was moved", async () => {
  await using folder = await TempFolder.create();
  const vmx = await makeVm(folder);
  await Deno.writeTextFile(vmx, VMX.replace('"data.vmdk"', '"/vmfs/volumes/ds1/db/data.vmdk"'));
  assertEquals((await discover(vmx)).disks[1]?.path, folder.file("data.vmdk"));
});

Deno.test("DiskDiscovery.discover() names a disk of a VMX that is missing", async () => {
  await using folder = await TempFolder.create();
  const vmx = await makeVm(folder);
  await Deno.remove(folder.file("data.vmdk"));
  const error = await assertRejects(() => discover(vmx), MigrateError, "its disk data.vmdk is missing");
  assertEquals(error.code, "source/missing");
});

Deno.test("DiskDiscovery.discover() refuses an encrypted VMX", async () => {
  await using folder = await TempFolder.create();
  const vmx = await makeVm(folder);
  await Deno.writeTextFile(vmx, `${VMX}encryption.keySafe = "vmware:key/list/(pair/...)"\n`);
  await assertRejects(() => discover(vmx), MigrateError, "the machine is encrypted");
});

Deno.test("DiskDiscovery.discover() refuses a VMX that names itself as its disk", async () => {
  await using folder = await TempFolder.create();
  const vmx = await makeVm(folder);
  await Deno.writeTextFile(vmx, VMX.replace('"data.vmdk"', '"db.vmx"'));
  const error = await assertRejects(() => discover(vmx), MigrateError);
  assertEquals(error.code, "source/damaged");
});
