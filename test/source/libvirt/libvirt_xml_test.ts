import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MigrateError } from "../../../src/model/error.ts";
import { readDomain } from "../../../src/source/libvirt/domain.ts";
import { isDomain } from "../../../src/source/libvirt/libvirt_xml.ts";
import { discover } from "../../support/discover.ts";
import { convertImage, makeRawDisk } from "../../support/images.ts";
import { TempFolder } from "../../support/temp.ts";

/** A domain as virsh dumpxml prints it, less what is not read. */
function domain(folder: string): string {
  return `<domain type='kvm' id='3'>
  <name>app 1</name>
  <metadata>
    <libosinfo:libosinfo xmlns:libosinfo="http://libosinfo.org/xmlns/libvirt/domain/1.0">
      <libosinfo:os id="http://debian.org/debian/12"/>
    </libosinfo:libosinfo>
  </metadata>
  <memory unit='KiB'>4194304</memory>
  <vcpu placement='static'>6</vcpu>
  <os firmware='efi'>
    <type arch='x86_64' machine='pc-q35-7.2'>hvm</type>
    <firmware><feature enabled='yes' name='secure-boot'/></firmware>
  </os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/><source file='${folder}/data.img' index='1'/>
      <target dev='sda' bus='sata'/>
      <address type='drive' controller='0' bus='0' target='0' unit='3'/>
    </disk>
    <disk type='file' device='cdrom'><source file='/x.iso'/><target dev='sdb' bus='sata'/></disk>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/><source file='${folder}/root.qcow2'/><backingStore/>
      <target dev='vda' bus='virtio'/><boot order='1'/>
    </disk>
    <interface type='network'>
      <mac address='52:54:00:12:34:56'/><source network='default' bridge='virbr0'/><model type='virtio'/>
    </interface>
    <interface type='bridge'><mac address='52:54:00:65:43:21'/><source bridge='br0'/></interface>
    <tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>
  </devices>
</domain>
`;
}

Deno.test("readDomain() reads hardware, drives in boot order and cards", () => {
  assertEquals(readDomain(domain("/vm")), {
    name: "app 1",
    machine: {
      cpus: 6,
      memoryBytes: 4 * 1024 ** 3,
      firmware: "uefi-secure-boot",
      tpm: true,
      nics: [
        { mac: "52:54:00:12:34:56", macOrigin: "source", network: "default", model: "virtio" },
        { mac: "52:54:00:65:43:21", macOrigin: "source", network: "br0" },
      ],
      osHint: "http://debian.org/debian/12",
    },
    drives: [
      {
        controller: "virtio",
        controllerNumber: 0,
        slot: 0,
        type: "file",
        format: "qcow2",
        file: "/vm/root.qcow2",
      },
      { controller: "sata", controllerNumber: 0, slot: 3, type: "file", format: "raw", file: "/vm/data.img" },
    ],
  });
});

Deno.test("readDomain() takes the firmware from a loader, too", () => {
  const loader = "<loader readonly='yes' secure='no' type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader>";
  const text = `<domain type='kvm'><name>x</name><os>${loader}</os></domain>`;
  assertEquals(readDomain(text).machine.firmware, "uefi");
  assertEquals(readDomain(text.replace("'no'", "'yes'")).machine.firmware, "uefi-secure-boot");
  assertEquals(readDomain("<domain><name>x</name></domain>").machine.firmware, "bios");
});

Deno.test("readDomain() refuses another root", () => {
  assertThrows(() => readDomain("<network/>"), Error, "its root is <network>");
});

Deno.test("isDomain() looks once at many comments before what is no domain", () => {
  // Split up in every way they would take longer than the world has been there.
  assertEquals(isDomain("<!---->".repeat(1000) + "<network>"), false);
});

Deno.test("isDomain() takes a declaration and comments before the root", () => {
  assertEquals(isDomain("<?xml version='1.0'?>\n<!-- saved by virsh -->\n<domain type='kvm'>"), true);
  assertEquals([isDomain("<domainsnapshot>"), isDomain("text <domain>")], [false, false]);
});

Deno.test("DiskDiscovery.discover() reads the disks of a domain in the formats that it names", async () => {
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("disk.raw"));
  await convertImage(folder.file("disk.raw"), folder.file("root.qcow2"), "qcow2");
  // A raw disk whose guest wrote the header of another format into it.
  await Deno.copyFile(folder.file("root.qcow2"), folder.file("data.img"));
  await Deno.writeTextFile(folder.file("app.xml"), domain(folder.path));
  const source = await discover(folder.file("app.xml"));
  assertEquals([source.kind, source.name], ["libvirt-xml", "app_1"]);
  assertEquals(source.disks.map(({ format, controller, slot }) => [format, controller, slot]), [
    ["qcow2", "virtio", 0],
    ["raw", "sata", 3],
  ]);
});

Deno.test("DiskDiscovery.discover() refuses a disk that is on the network, and one in an unknown format", async () => {
  await using folder = await TempFolder.create();
  const text = domain(folder.path);
  const source = `<source file='${folder.path}/root.qcow2'/>`;
  const remote = text.replace(source, "<source protocol='rbd' name='pool/x'/>").replaceAll(
    "'file'",
    "'network'",
  );
  await Deno.writeTextFile(folder.file("app.xml"), remote);
  await assertRejects(() => discover(folder.file("app.xml")), MigrateError, 'is of type "network"');
  await Deno.writeTextFile(folder.file("root.qcow2"), "x");
  await Deno.writeTextFile(folder.file("app.xml"), text.replace("'qcow2'", "'parallels'"));
  await assertRejects(() => discover(folder.file("app.xml")), MigrateError, 'the format "parallels"');
});
