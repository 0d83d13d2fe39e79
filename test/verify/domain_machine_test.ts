import { assertEquals, assertThrows } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { parseDomain } from "../../src/verify/domain_machine.ts";

function domain(os: string, devices: string): string {
  return `<domain type="kvm"><name>web</name><memory unit="GiB">2</memory><vcpu placement="static">4</vcpu>
    ${os}<devices>${devices}</devices></domain>`;
}

const BIOS = '<os><type arch="x86_64" machine="q35">hvm</type></os>';
const DISK =
  `<disk type="file" device="disk"><driver name="qemu" type="qcow2"/><source file="/out/web.qcow2"/>
  <target dev="vda" bus="virtio"/></disk>`;
const CDROM = '<disk type="file" device="cdrom"><source file="/x.iso"/><target dev="sda" bus="sata"/></disk>';
const NIC =
  '<interface type="network"><mac address="00:50:56:8a:12:34"/><source network="default"/></interface>';

Deno.test("parseDomain() reads the machine of a definition", () => {
  assertEquals(parseDomain(domain(BIOS, CDROM + DISK + NIC)), {
    name: "web",
    disks: [{ path: "/out/web.qcow2", format: "qcow2" }],
    bus: "virtio",
    firmware: "bios",
    nics: [{ mac: "00:50:56:8a:12:34", targetModel: "virtio" }],
    memoryMiB: 2_048,
    cpus: 4,
  });
});

Deno.test("parseDomain() reads every way in which UEFI is written", () => {
  const firmware = (os: string): string => parseDomain(domain(os, DISK)).firmware;
  assertEquals(firmware('<os firmware="efi"><type>hvm</type></os>'), "uefi");
  assertEquals(
    firmware('<os><type>hvm</type><loader type="pflash" readonly="yes">/x.fd</loader></os>'),
    "uefi",
  );
  assertEquals(
    firmware('<os firmware="efi"><type>hvm</type><loader secure="yes"/></os>'),
    "uefi-secure-boot",
  );
});

Deno.test("parseDomain() reads memory without a unit as KiB", () => {
  const xml = domain(BIOS, DISK).replace('<memory unit="GiB">2<', "<memory>524288<");
  assertEquals(parseDomain(xml).memoryMiB, 512);
});

Deno.test("parseDomain() refuses what is no machine with disks", () => {
  assertEquals(assertThrows(() => parseDomain("<network/>"), MigrateError).code, "config/bad-file");
  assertEquals(assertThrows(() => parseDomain(domain(BIOS, CDROM)), MigrateError).code, "config/bad-file");
});

Deno.test("parseDomain() keeps an Intel card, for which the guest may have the only driver", () => {
  const xml = `<domain><name>w</name><memory>1024</memory><os><type>hvm</type></os><devices>
    <disk><source file="/w.qcow2"/><target dev="sda" bus="sata"/></disk>
    <interface><mac address="52:54:00:00:00:01"/><model type="e1000e"/></interface></devices></domain>`;
  const { nics, bus } = parseDomain(xml);
  assertEquals([nics, bus], [[{ mac: "52:54:00:00:00:01", targetModel: "e1000e" }], "sata"]);
});
