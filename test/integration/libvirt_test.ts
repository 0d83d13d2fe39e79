import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Connection } from "../../ffi/libvirt/mod.ts";
import { defineDomain } from "../../src/libvirt/define.ts";
import { domainXml } from "../../src/libvirt/domain_xml.ts";
import type { TargetDisk, TargetMachine } from "../../src/libvirt/target_machine.ts";
import { runCommand } from "../../src/run/command.ts";
import { DAEMON_NEEDS, startLibvirt } from "../support/libvirt_daemon.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";
import { sampleMachine } from "../support/virt_machine.ts";

/** Long enough to have no part of a real machine's name. */
const NAME = `hyper2kvm-test-${Deno.pid} & "co"`;

/** Small disks whose paths need escaping. */
async function makeDisks(folder: TempFolder, count: number): Promise<TargetDisk[]> {
  return await Promise.all(Array.from({ length: count }, async (_, index): Promise<TargetDisk> => {
    const path = folder.file(`d & "${count - index}".qcow2`);
    await runCommand("qemu-img", ["create", "-q", "-f", "qcow2", path, "16M"]);
    return { path, format: "qcow2", bus: "virtio" };
  }));
}

/** A machine of our own name and with a UUID that libvirt makes. */
function machine(changes: Partial<TargetMachine>): TargetMachine {
  const { uuid: _, ...sample } = sampleMachine({ name: NAME, ...changes });
  return sample;
}

const unescape = (text: string): string => text.replaceAll("&quot;", '"').replaceAll("&amp;", "&");

const all = (xml: string, pattern: RegExp): string[] =>
  [...xml.matchAll(pattern)].map((match) => unescape(match[1] ?? ""));

testNeeding(
  DAEMON_NEEDS,
  "defineDomain() puts addresses and disks into QEMU's libvirt in order",
  async () => {
    await using libvirt = await startLibvirt();
    await using folder = await TempFolder.create();
    const disks = await makeDisks(folder, 3);
    const wanted = machine({ disks, firmware: "uefi" });
    const request = { xml: domainXml(wanted), name: NAME, uri: libvirt.uri };
    const defined = await defineDomain({ ...request, replace: false, networks: ["nowhere"] });
    using connection = Connection.open(libvirt.uri);
    try {
      assertEquals(defined.concerns.map((concern) => concern.id), ["define/network"]);
      using domain = connection.findDomain(NAME);
      const xml = domain!.xml({ inactive: true });
      assertEquals(all(xml, /<mac address='([^']+)'/g), wanted.nics.map((nic) => nic.mac));
      assertEquals(all(xml, /<source file='([^']+)'/g), disks.map((disk) => disk.path));
      assertEquals(all(xml, /<target dev='(vd\w)'/g), ["vda", "vdb", "vdc"]);
      assertStringIncludes(xml, "http://debian.org/debian/12");
      const again = await defineDomain({ ...request, replace: true });
      assert(again.replaced && again.uuid !== defined.uuid);
    } finally {
      using domain = connection.findDomain(NAME);
      domain?.undefine({ nvram: true });
    }
    assertEquals(connection.findDomain(NAME), null);
  },
);

for (
  const [name, changes] of Object.entries(
    {
      "BIOS": { firmware: "bios" },
      "UEFI": { firmware: "uefi" },
      "Secure Boot": { firmware: "uefi-secure-boot" },
    } satisfies Record<string, Partial<TargetMachine>>,
  )
) {
  testNeeding(DAEMON_NEEDS, `domainXml() of a ${name} machine is one that libvirt starts`, async () => {
    await using libvirt = await startLibvirt();
    await using folder = await TempFolder.create();
    // The folder is the tester's own; QEMU runs as another user.
    await Deno.chmod(folder.path, 0o755);
    const xml = domainXml(machine({ ...changes, nics: [], disks: await makeDisks(folder, 1) }));
    using connection = Connection.open(libvirt.uri);
    using domain = connection.defineDomain(xml);
    try {
      domain.create({ paused: true });
      assertEquals(domain.state(), "paused");
      assertStringIncludes(domain.screenshot().mimeType, "image/");
      if (changes.firmware !== "bios") assertStringIncludes(domain.xml(), "<nvram");
    } finally {
      if (domain.isActive()) domain.destroy();
      domain.undefine({ nvram: true });
    }
    assertEquals(connection.findDomain(NAME), null);
  });
}

testNeeding(DAEMON_NEEDS, "Connection.domainCapabilities() tells what QEMU's libvirt can do", async () => {
  await using libvirt = await startLibvirt();
  using connection = Connection.open(libvirt.uri);
  const xml = connection.domainCapabilities({ virtType: "qemu", machine: "q35", arch: "x86_64" });
  assertStringIncludes(xml, "<domain>qemu</domain>");
  assertEquals(connection.findStoragePoolByPath("/nowhere"), null);
});
