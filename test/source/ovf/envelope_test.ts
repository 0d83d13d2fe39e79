import { assertEquals, assertThrows } from "@std/assert";
import { readEnvelope } from "../../../src/source/ovf/envelope.ts";
import { isOvf } from "../../../src/source/ovf/ovf.ts";
import { sizeInUnits } from "../../../src/source/ovf/units.ts";
import { XmlError } from "../../../src/source/parse/xml.ts";
import { ovfItem, ovfText } from "../../support/ovf.ts";

async function testdata(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(`../../testdata/ovf/${name}`, import.meta.url));
}

const GIB = 1024 ** 3;

Deno.test("readEnvelope() reads what ovftool writes", () => {
  const { systems, disks, files } = readEnvelope(
    ovfText({ disks: [{ file: "a.vmdk", capacityMiB: 8, attributes: 'ovf:size="77"' }] }),
  );
  assertEquals(files, [{ id: "file0", href: "a.vmdk", gzip: false, sizeBytes: 77 }]);
  assertEquals(disks, [{ id: "disk0", fileId: "file0", capacityBytes: 8 * 1024 ** 2 }]);
  assertEquals(systems, [{
    id: "web",
    name: "web",
    machine: {
      cpus: 2,
      memoryBytes: 1.5 * GIB,
      nics: [{ mac: "00:50:56:8a:12:34", macOrigin: "source", network: "VM Network", model: "vmxnet3" }],
      osHint: "debian11_64Guest",
    },
    drives: [{ controller: "scsi", controllerNumber: 0, slot: 0, holds: { kind: "disk", id: "disk0" } }],
  }]);
});

Deno.test("readEnvelope() takes firmware, TPM and addresses from VirtualBox's own part", async () => {
  const { systems: [system], files, disks } = readEnvelope(await testdata("virtualbox.ovf"));
  assertEquals(files.map(({ href }) => href), ["db server-disk001.vmdk", "db server-disk002.vmdk"]);
  assertEquals(disks.map(({ capacityBytes }) => capacityBytes), [20 * GIB, GIB]);
  assertEquals(system?.machine, {
    cpus: 4,
    memoryBytes: 2 * GIB,
    firmware: "uefi-secure-boot",
    tpm: true,
    nics: [{ mac: "08:00:27:3a:4b:5c", macOrigin: "source", network: "NAT", model: "e1000" }],
    osHint: "Debian_64",
  });
  assertEquals(system?.drives.map(({ controller, slot, holds }) => [controller, slot, holds?.id]), [
    ["sata", 0, "vmdisk1"],
    ["sata", 1, "vmdisk2"],
  ]);
});

Deno.test("readEnvelope() reads OVF 2 with other prefixes, collections and deployment options", async () => {
  const { systems } = readEnvelope(await testdata("collection.ovf"));
  assertEquals(systems.map(({ id, name }) => [id, name]), [["front", "Front end"], ["back", "back"]]);
  assertEquals(systems[0]?.machine, {
    cpus: 8,
    memoryBytes: 3 * GIB,
    firmware: "uefi-secure-boot",
    tpm: true,
    nics: [{ mac: "00:50:56:ab:cd:ef", macOrigin: "source", network: "DMZ", model: "e1000e" }],
    osHint: "Other Linux & friends",
  });
  assertEquals(systems[0]?.drives[0]?.controller, "nvme");
});

Deno.test("readEnvelope() orders disks as the firmware sees them: IDE, SCSI, SATA, NVMe", () => {
  const drive = (id: number, parent: number, slot: number): string =>
    ovfItem(id, 17, { AddressOnParent: slot, HostResource: `ovf:/disk/d${id}`, Parent: parent });
  const hardware = [
    ovfItem(51, 20, { ResourceSubType: "vmware.nvme.controller" }),
    ovfItem(52, 20, { ResourceSubType: "vmware.sata.ahci" }),
    ovfItem(53, 6, { ResourceSubType: "lsilogic" }),
    ovfItem(54, 5, {}),
    drive(61, 51, 0),
    drive(62, 52, 0),
    drive(63, 53, 1),
    drive(64, 53, 0),
    drive(65, 54, 0),
  ].join("");
  const order = (more = ""): string[] => {
    const { systems: [system] } = readEnvelope(ovfText({ disks: [], hardware: hardware + more }));
    return system?.drives.map(({ holds }) => holds?.id ?? "") ?? [];
  };
  assertEquals(order(), ["d65", "d64", "d63", "d62", "d61"]);
  const named = '<vmw:ExtraConfig vmw:key="bios.hddOrder" vmw:value="nvme0:0,scsi1:1"/>';
  assertEquals(order(named), ["d61", "d63", "d65", "d64", "d62"]);
});

Deno.test("readEnvelope() puts the disk first that VMware's boot order section names", () => {
  const text = ovfText({ disks: [{ capacityMiB: 1 }, { capacityMiB: 1 }] })
    .replace(
      "</VirtualSystem>",
      '<vmw:BootOrderSection vmw:instanceId="21" vmw:type="disk"/></VirtualSystem>',
    );
  assertEquals(readEnvelope(text).systems[0]?.drives.map(({ slot }) => slot), [1, 0]);
});

for (
  const [what, text, reason] of [
    [
      "a document type",
      "<!DOCTYPE Envelope [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><Envelope/>",
      "document type",
    ],
    ["another root", "<domain/>", "its root is <domain>"],
    ["another namespace", '<Envelope xmlns="http://example.org/"/>', "not an OVF 1 or 2 envelope"],
    ["broken XML", "<Envelope><a></Envelope>", "line 1"],
    ["an empty file", "", "root element"],
  ] as const
) {
  Deno.test(`readEnvelope() refuses ${what}`, () => {
    assertThrows(() => readEnvelope(text), XmlError, reason);
  });
}

Deno.test("isOvf() is true for envelopes only", () => {
  assertEquals(isOvf(ovfText({ disks: [] })), true);
  assertEquals(isOvf("<domain type='kvm'/>"), false);
});

Deno.test("sizeInUnits() knows programmatic units and the older words", () => {
  const sizes = [["3", "byte * 2^20"], ["3", "byte*2^10"], ["3", "byte * 10^6"], ["3", "MegaBytes"], [
    "3",
    "GB",
  ]];
  assertEquals(sizes.map(([size, units]) => sizeInUnits(size, units)), [
    3 * 1024 ** 2,
    3 * 1024,
    3_000_000,
    3 * 1024 ** 2,
    3 * GIB,
  ]);
  assertEquals([sizeInUnits("3", "furlongs"), sizeInUnits("${size}"), sizeInUnits("-3")], [
    undefined,
    undefined,
    undefined,
  ]);
});
