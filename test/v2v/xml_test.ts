import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import type { DiscoveredSource, Nic } from "../../src/model/source.ts";
import { parseOutputXml } from "../../src/v2v/output_xml.ts";
import { sourceXml, type V2VDisk } from "../../src/v2v/source_xml.ts";

const NIC: Nic = { mac: "00:50:56:8a:12:34", macOrigin: "source", network: "VM & more", model: "vmxnet3" };

function source(machine: Partial<DiscoveredSource["machine"]> = {}): DiscoveredSource {
  return { kind: "vmdk", location: "/in", name: "shop", disks: [], machine: { nics: [], ...machine } };
}

const disk = (path: string, controller?: V2VDisk["controller"]): V2VDisk => ({
  path,
  format: "vmdk",
  ...(controller === undefined ? {} : { controller }),
});

Deno.test("sourceXml() names all disks in order, by their controllers", () => {
  const disks = [disk("/in/a.vmdk", "scsi"), disk("/in/b.vmdk", "ide"), disk("/in/c.vmdk")];
  const xml = sourceXml(source(), disks, []);
  assertEquals([...xml.matchAll(/<source file="([^"]+)"/g)].map((match) => match[1]), [
    "/in/a.vmdk",
    "/in/b.vmdk",
    "/in/c.vmdk",
  ]);
  assertEquals(
    [...xml.matchAll(/<target dev="(\w+)" bus="(\w+)"/g)].map((match) => `${match[1]} ${match[2]}`),
    [
      "sda scsi",
      "hdb ide",
      "sdc scsi",
    ],
  );
});

Deno.test("sourceXml() keeps addresses, networks, CPUs, memory and firmware", () => {
  const machine = { cpus: 3, memoryBytes: 512 * 1024 ** 2, firmware: "uefi" } as const;
  const xml = sourceXml(source(machine), [disk("/in/a.vmdk")], [NIC]);
  for (
    const part of [
      `<mac address="${NIC.mac}"/>`,
      '<source network="VM &amp; more"/>',
      '<model type="vmxnet3"/>',
      "<vcpu>3</vcpu>",
      '<memory unit="KiB">524288</memory>',
      '<os firmware="efi">',
    ]
  ) assertStringIncludes(xml, part);
  assert(!sourceXml(source(), [disk("/in/a.vmdk")], []).includes("firmware"));
});

async function output(): Promise<string> {
  return await Deno.readTextFile(new URL("../testdata/v2v/output.xml", import.meta.url));
}

Deno.test("parseOutputXml() reads what virt-v2v 2.2.0 wrote", async () => {
  assertEquals(parseOutputXml(await output()), {
    disks: [{ path: "/srv/out/shop-sda", format: "qcow2", bus: "virtio" }],
    firmware: "bios",
    nicModels: ["virtio"],
    osId: "http://debian.org/debian/12",
  });
});

Deno.test("parseOutputXml() keeps the order of disks, without CD drives", async () => {
  const extra = `<disk type='file' device='cdrom'><target dev='hda' bus='ide'/></disk>
    <disk type='file' device='disk'><driver name='qemu' type='raw'/>
    <source file='/srv/out/a &amp; b-sdb'/><target dev='vdb' bus='scsi'/></disk>`;
  const xml = (await output()).replace("<interface", `${extra}<interface`);
  assertEquals(parseOutputXml(xml).disks.map((one) => [one.path, one.format, one.bus]), [
    ["/srv/out/shop-sda", "qcow2", "virtio"],
    ["/srv/out/a & b-sdb", "raw", "scsi"],
  ]);
});

Deno.test("parseOutputXml() sees UEFI by loader or by attribute", async () => {
  const xml = await output();
  const loader = "<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader></os>";
  assertEquals(parseOutputXml(xml.replace("</os>", loader)).firmware, "uefi");
  assertEquals(parseOutputXml(xml.replace("<os>", "<os firmware='efi'>")).firmware, "uefi");
});

Deno.test("parseOutputXml() refuses XML that names no disk file", async () => {
  const xml = await output();
  assertThrows(() => parseOutputXml("<domain/>"), MigrateError, "names no disk");
  assertThrows(() => parseOutputXml(xml.replace(/<source file.*/, "")), MigrateError, "no file or format");
});
