import { assertEquals } from "@std/assert";
import {
  disksOf,
  hasTpm,
  nicsOf,
  passthroughOf,
  snapshotsOf,
} from "../../../../src/source/vsphere/machines/hardware.ts";
import { machineOf } from "../../../../src/source/vsphere/machines/vm.ts";
import { parseXml, type XmlNode } from "../../../../src/source/vsphere/xml.ts";
import { vm } from "./sample_vm.ts";

function devices(...xml: string[]): readonly XmlNode[] {
  return parseXml(
    `<val xmlns="urn:vim25" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">${xml.join("")}</val>`,
  )
    .children;
}

const device = (type: string, inside: string): string =>
  `<VirtualDevice i:type="${type}">${inside}</VirtualDevice>`;
const diskXml = (key: number, controller: number, unit: number, backing: string, more = ""): string =>
  device(
    "VirtualDisk",
    `<key>${key}</key><backing ${backing}</backing><controllerKey>${controller}</controllerKey>` +
      `<unitNumber>${unit}</unitNumber><capacityInKB>1024</capacityInKB>${more}`,
  );
const FLAT =
  `i:type="VirtualDiskFlatVer2BackingInfo"><fileName>[ds] a.vmdk</fileName><diskMode>persistent</diskMode>`;

Deno.test("disksOf() sorts as the firmware looks for disks", () => {
  const list = devices(
    device("VirtualIDEController", "<key>200</key><busNumber>0</busNumber>"),
    device("VirtualAHCIController", "<key>15000</key><busNumber>0</busNumber>"),
    device("ParaVirtualSCSIController", "<key>1000</key><busNumber>0</busNumber>"),
    device("VirtualLsiLogicController", "<key>1001</key><busNumber>1</busNumber>"),
    diskXml(3, 200, 0, FLAT),
    diskXml(4, 1001, 0, FLAT),
    diskXml(5, 15000, 1, FLAT),
    diskXml(6, 1000, 2, FLAT),
    diskXml(7, 1000, 0, FLAT),
  );
  assertEquals(disksOf(list).map((one) => one.key), [7, 6, 4, 5, 3]);
  assertEquals(disksOf(list).map((one) => `${one.controller}${one.bus}`), [
    "scsi0",
    "scsi0",
    "scsi1",
    "sata0",
    "ide0",
  ]);
});

Deno.test("disksOf() prefers the size in bytes", () => {
  const [one] = disksOf(devices(diskXml(1, 0, 0, FLAT, "<capacityInBytes>8796093022720</capacityInBytes>")));
  assertEquals(one!.sizeBytes, 8_796_093_022_720);
  assertEquals(disksOf(devices(diskXml(1, 0, 0, FLAT)))[0]!.sizeBytes, 1024 ** 2);
});

Deno.test("disksOf() sees deltas, raw devices, sharing and encryption", () => {
  const raw = `i:type="VirtualDiskRawDiskMappingVer1BackingInfo"><fileName>[ds] r.vmdk</fileName>`;
  const [delta, rdm, shared, locked] = disksOf(devices(
    diskXml(1, 0, 0, `${FLAT}<parent/>`),
    diskXml(2, 0, 1, raw),
    diskXml(3, 0, 2, `${FLAT}<sharing>sharingMultiWriter</sharing>`),
    diskXml(4, 0, 3, `${FLAT}<keyId><keyId>k</keyId></keyId>`),
  ));
  assertEquals([delta!.parents.length > 0, rdm!.raw, shared!.shared, locked!.encrypted], [
    true,
    true,
    true,
    true,
  ]);
  assertEquals([rdm!.parents.length > 0, delta!.raw, locked!.shared, shared!.encrypted], [
    false,
    false,
    false,
    false,
  ]);
});

Deno.test("nicsOf() names standard networks and port groups", () => {
  const list = devices(
    device(
      "VirtualVmxnet3",
      "<backing><deviceName>VM Network</deviceName></backing><macAddress>00:50:56:AA:BB:01</macAddress>",
    ),
    device(
      "VirtualE1000e",
      "<backing><port><portgroupKey>pg-1</portgroupKey></port></backing><macAddress>00:50:56:aa:bb:02</macAddress>",
    ),
    device(
      "VirtualE1000",
      "<backing><port><portgroupKey>pg-2</portgroupKey></port></backing><macAddress>00:50:56:aa:bb:03</macAddress>",
    ),
  );
  assertEquals(nicsOf(list, new Map([["pg-1", "Shop"]])), [
    { mac: "00:50:56:aa:bb:01", model: "vmxnet3", network: "VM Network" },
    { mac: "00:50:56:aa:bb:02", model: "e1000e", network: "Shop" },
    { mac: "00:50:56:aa:bb:03", model: "e1000", network: "pg-2" },
  ]);
});

Deno.test("hasTpm() and passthroughOf() see what stays behind", () => {
  const list = devices(
    device("VirtualTPM", "<key>1</key>"),
    device("VirtualPCIPassthrough", "<deviceInfo><label>PCI device 0</label></deviceInfo>"),
    device("VirtualUSBController", "<key>2</key>"),
  );
  assertEquals([hasTpm(list), hasTpm([])], [true, false]);
  assertEquals(passthroughOf(list), ["PCI device 0"]);
});

Deno.test("snapshotsOf() keeps the tree", () => {
  const tree = (name: string, inside = ""): string =>
    `<childSnapshotList><snapshot type="VirtualMachineSnapshot">s-${name}</snapshot><name>${name}</name>` +
    `<createTime>2024-01-01T00:00:00Z</createTime>${inside}</childSnapshotList>`;
  const [one] = snapshotsOf(devices(tree("a", tree("b") + tree("c"))));
  assertEquals([one!.id, one!.children.map((child) => child.name)], ["s-a", ["b", "c"]]);
});

Deno.test("machineOf() leaves out what is not known", () => {
  const nic = { mac: "00:50:56:aa:bb:01", model: "vmxnet3", network: "" };
  assertEquals(machineOf(vm({ cpus: 0, os: "", nics: [nic] })), {
    memoryBytes: 1024 ** 3,
    firmware: "bios",
    tpm: false,
    nics: [{ mac: "00:50:56:aa:bb:01", macOrigin: "source", model: "vmxnet3" }],
  });
});
