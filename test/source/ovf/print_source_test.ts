/** virt-v2v reads the same machines: what it says of the hardware must be what we say. It starts no appliance. */
import { assertEquals } from "@std/assert";
import { discover } from "../../support/discover.ts";
import { convertImage, makeRawDisk } from "../../support/images.ts";
import { testNeeding } from "../../support/needs.ts";
import { makeOva, ovfText } from "../../support/ovf.ts";
import { hardware, printSource } from "../../support/print_source.ts";
import { TempFolder } from "../../support/temp.ts";

const NEEDS = { programs: ["virt-v2v", "qemu-img", "tar"] };

for (const firmware of ["bios", "efi"]) {
  testNeeding(NEEDS, `DiskDiscovery.discover() agrees with virt-v2v on an OVA (${firmware})`, async () => {
    await using folder = await TempFolder.create();
    await makeRawDisk(folder.file("disk.raw"));
    const names = ["a.vmdk", "b.vmdk"];
    for (const name of names) {
      await convertImage(folder.file("disk.raw"), folder.file(name), "vmdk", "subformat=streamOptimized");
    }
    const hardwareLine = `<vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="${firmware}"/>`;
    const disks = names.map((file) => ({ file, capacityMiB: 8 }));
    await Deno.writeTextFile(folder.file("web.ovf"), ovfText({ disks, hardware: hardwareLine }));
    const ova = await makeOva(folder, ["web.ovf", ...names]);
    assertEquals(hardware(await discover(ova)), await printSource("ova", ova));
  });
}

testNeeding(NEEDS, "DiskDiscovery.discover() agrees with virt-v2v on a VMX", async () => {
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("disk.raw"));
  await convertImage(folder.file("disk.raw"), folder.file("a.vmdk"), "vmdk");
  await convertImage(folder.file("disk.raw"), folder.file("b.vmdk"), "vmdk");
  const lines = [
    'config.version = "8"',
    'displayName = "web"',
    'memsize = "1536"',
    'numvcpus = "3"',
    'firmware = "efi"',
    'scsi0.present = "TRUE"',
    'scsi0:0.present = "TRUE"',
    'scsi0:0.deviceType = "disk"',
    'scsi0:0.fileName = "a.vmdk"',
    'scsi0:1.present = "TRUE"',
    'scsi0:1.deviceType = "disk"',
    'scsi0:1.fileName = "b.vmdk"',
    'ethernet0.present = "TRUE"',
    'ethernet0.virtualDev = "vmxnet3"',
    'ethernet0.networkName = "VM Network"',
  ];
  await Deno.writeTextFile(folder.file("web.vmx"), `${lines.join("\n")}\n`);
  const vmx = folder.file("web.vmx");
  assertEquals(hardware(await discover(vmx)), await printSource("vmx", vmx));
});
