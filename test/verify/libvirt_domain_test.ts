import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { diskNames, type ProofDomain, proofDomainXml } from "../../src/verify/libvirt/domain.ts";
import { runCommand } from "../../src/run/command.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

const MACHINE: ProofDomain = {
  name: "hyper2kvm-proof-1-a",
  osType: "linux",
  firmware: "bios",
  accelerator: "qemu",
  cpus: 2,
  memoryMiB: 2048,
  disks: [{ path: "/w/a & b.qcow2", format: "qcow2" }, { path: "/w/b.qcow2", format: "qcow2" }],
  bus: "virtio",
  nics: [{ mac: "00:50:56:8a:12:34" }, { mac: "00:50:56:8a:12:35", targetModel: "e1000e" }],
  nvram: "/w/nvram.fd",
};

Deno.test("proofDomainXml() lets nothing out of the network, and has no card of libvirt's", () => {
  const xml = proofDomainXml(MACHINE);
  assert(!xml.includes("<interface"));
  assertEquals(xml.match(/user,id=proofnet\d,restrict=on/g)?.length, 2);
  assertStringIncludes(xml, "virtio-net-pci,netdev=proofnet0,mac=00:50:56:8a:12:34,romfile=");
  assertStringIncludes(xml, "e1000e,netdev=proofnet1,mac=00:50:56:8a:12:35");
});

Deno.test("proofDomainXml() gives every card a place of its own on the PCI bus", () => {
  const nics = Array.from({ length: 10 }, (_, index) => ({ mac: `00:50:56:8a:12:0${index}` }));
  const places = proofDomainXml({ ...MACHINE, nics }).match(/addr=0x[0-9a-f]+\.\d/g);
  assertEquals(new Set(places).size, 10);
  assertEquals([places?.[7], places?.[8]], ["addr=0x10.7", "addr=0x11.0"]);
});

Deno.test("proofDomainXml() ends at the first restart, and puts NVRAM where it is removed", () => {
  const xml = proofDomainXml({ ...MACHINE, firmware: "uefi" });
  assertStringIncludes(xml, "<on_reboot>destroy</on_reboot>");
  assertStringIncludes(xml, "<nvram>/w/nvram.fd</nvram>");
  assert(!proofDomainXml(MACHINE).includes("nvram"));
});

Deno.test("diskNames() follows the bus", () => {
  assertEquals(diskNames(MACHINE), ["vda", "vdb"]);
  assertEquals(diskNames({ ...MACHINE, bus: "sata" }), ["sda", "sdb"]);
});

for (
  const [name, change] of Object.entries(
    { BIOS: {}, UEFI: { firmware: "uefi" }, SCSI: { bus: "scsi" } } as const,
  )
) {
  testNeeding(
    { programs: ["virt-xml-validate", "xmllint"] },
    `proofDomainXml() of the ${name} machine passes libvirt's schema`,
    async () => {
      await using folder = await TempFolder.create();
      await Deno.writeTextFile(folder.file("domain.xml"), proofDomainXml({ ...MACHINE, ...change }));
      await runCommand("virt-xml-validate", [folder.file("domain.xml"), "domain"]);
    },
  );
}
