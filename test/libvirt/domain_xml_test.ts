import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { domainXml } from "../../src/libvirt/domain_xml.ts";
import type { TargetDisk, TargetMachine } from "../../src/libvirt/target_machine.ts";
import { MigrateError } from "../../src/model/error.ts";
import { runCommand } from "../../src/run/command.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";
import { sampleMachine } from "../support/virt_machine.ts";
import { windowsMachine } from "../support/windows_machine.ts";

/** What virt-xml-validate needs: it hands the schema to xmllint. */
const VALIDATOR = { programs: ["virt-xml-validate", "xmllint"] };

const UEFI = sampleMachine({ firmware: "uefi", tpm: true, accelerator: "kvm" });
const WINDOWS = windowsMachine("bootstrap");
const MANY_DISKS = sampleMachine({
  disks: Array.from({ length: 30 }, (_, index): TargetDisk => (
    { path: `/srv/out/d${index}.raw`, format: "raw", bus: "scsi" }
  )),
  graphics: "none",
});

async function golden(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(`../testdata/libvirt/${name}`, import.meta.url));
}

Deno.test("domainXml() writes the BIOS machine of bios.xml", async () => {
  assertEquals(domainXml(sampleMachine()), await golden("bios.xml"));
});

Deno.test("domainXml() writes the UEFI machine of uefi.xml", async () => {
  assertEquals(domainXml(UEFI), await golden("uefi.xml"));
});

Deno.test("domainXml() escapes names and paths", () => {
  const disk: TargetDisk = { path: `/srv/a & "b" <c>.qcow2`, format: "qcow2", bus: "virtio" };
  const xml = domainXml(sampleMachine({ name: `R&D <1> "x"`, disks: [disk] }));
  assertStringIncludes(xml, "<name>R&amp;D &lt;1&gt; &quot;x&quot;</name>");
  assertStringIncludes(xml, `<source file="/srv/a &amp; &quot;b&quot; &lt;c&gt;.qcow2"/>`);
});

Deno.test("domainXml() keeps disks in order, by name and boot order", () => {
  const xml = domainXml(sampleMachine());
  assert(xml.indexOf("shop.qcow2") < xml.indexOf("shop-2.qcow2"));
  assertEquals([...xml.matchAll(/<target dev="(\w+)"/g)].map((match) => match[1]), ["vda", "vdb"]);
  assertEquals([...xml.matchAll(/<boot order="(\d)"/g)].map((match) => match[1]), ["1", "2"]);
});

Deno.test("domainXml() names disks past the letter z, all on one virtio-scsi controller", () => {
  const xml = domainXml(MANY_DISKS);
  const names = [...xml.matchAll(/<target dev="(\w+)"/g)].map((match) => match[1]);
  assertEquals([names[0], names[25], names[26], names[29]], ["sda", "sdz", "sdaa", "sdad"]);
  assertEquals(xml.match(/<controller type="scsi"[^>]*>/g), [
    '<controller type="scsi" index="0" model="virtio-scsi"/>',
  ]);
  assertStringIncludes(xml, '<address type="drive" controller="0" bus="0" target="29" unit="0"/>');
});

Deno.test("domainXml() puts an image into a CD drive that is named after the disks", () => {
  const names = (machine: TargetMachine): unknown =>
    [...domainXml(machine).matchAll(/<target dev="(\w+)" bus="(\w+)"/g)].map((match) =>
      match.slice(1).join(" ")
    );
  assertEquals(names(sampleMachine({ cdrom: "/srv/out/seed.iso" })), [
    "vda virtio",
    "vdb virtio",
    "sda sata",
  ]);
  assertEquals(names(WINDOWS), ["sda sata", "sdb sata"]);
  assertEquals(names(windowsMachine("final")), ["vda virtio", "sda sata"]);
});

Deno.test("domainXml() gives every card its address, its network and its model", () => {
  const xml = domainXml(sampleMachine());
  assertEquals([...xml.matchAll(/<mac address="([^"]+)"/g)].map((match) => match[1]), [
    "00:50:56:8a:12:34",
    "00:50:56:8a:00:01",
  ]);
  assertStringIncludes(xml, '<source network="default"/>');
  assertStringIncludes(xml, '<source bridge="br0"/>');
});

Deno.test("domainXml() leaves loader and NVRAM of UEFI to libvirt", () => {
  const xml = domainXml(WINDOWS);
  assert(!/<loader|<nvram/.test(xml));
  assertStringIncludes(xml, '<feature enabled="yes" name="secure-boot"/>');
  assertStringIncludes(xml, '<feature enabled="yes" name="enrolled-keys"/>');
  assertStringIncludes(domainXml(UEFI), '<feature enabled="no" name="secure-boot"/>');
});

for (const stage of ["bootstrap", "final"] as const) {
  Deno.test(`domainXml() writes the Windows machine of windows-${stage}.xml`, async () => {
    assertEquals(domainXml(windowsMachine(stage)), await golden(`windows-${stage}.xml`));
  });
}

Deno.test("domainXml() gives Windows enlightenments under KVM only", () => {
  assertStringIncludes(domainXml(WINDOWS), '<hyperv mode="custom">');
  assert(!domainXml(windowsMachine("bootstrap", "tcg")).includes("hyperv"));
});

Deno.test("domainXml() rounds memory up to whole KiB", () => {
  assertStringIncludes(domainXml(sampleMachine({ memoryBytes: 1025 })), '<memory unit="KiB">2</memory>');
});

Deno.test("domainXml() refuses names that libvirt refuses", () => {
  for (const name of ["", "a/b", " a", "a\nb"]) {
    const error = assertThrows(() => domainXml(sampleMachine({ name })), MigrateError) as MigrateError;
    assertEquals(error.code, "usage/bad-value");
  }
});

async function validate(machine: TargetMachine): Promise<void> {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("domain.xml"), domainXml(machine));
  await runCommand("virt-xml-validate", [folder.file("domain.xml"), "domain"]);
}

for (
  const [name, machine] of Object.entries({
    "BIOS": sampleMachine(),
    "UEFI": UEFI,
    "bootstrapping Windows": WINDOWS,
    "final Windows": windowsMachine("final"),
    "30-disk": MANY_DISKS,
    "seeded": sampleMachine({ cdrom: "/srv/out/seed.iso" }),
    "oddly named": sampleMachine({ name: `R&D "<1>" 'ü'` }),
  })
) {
  testNeeding(
    VALIDATOR,
    `domainXml() of the ${name} machine passes libvirt's schema`,
    () => validate(machine),
  );
}

Deno.test("domainXml() writes sockets and cores, and a processor by name", () => {
  const xml = domainXml(sampleMachine({ cpus: 8, coresPerSocket: 4, cpuModel: "Haswell" }));
  assertStringIncludes(xml, '<topology sockets="2" cores="4" threads="1"/>');
  assertStringIncludes(xml, '<model fallback="forbid">Haswell</model>');
  assertStringIncludes(domainXml(sampleMachine({ cpus: 3, coresPerSocket: 2 })), 'sockets="1" cores="3"');
  const passed = sampleMachine({ accelerator: "kvm", cpuModel: "host-passthrough" });
  assertStringIncludes(domainXml(passed), '<cpu mode="host-passthrough"');
});
