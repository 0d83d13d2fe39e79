import { assertEquals, assertThrows } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { ownInput } from "../../src/orchestrator/steps/virt_v2v.ts";

const source = (kind: string, location: string) => ({
  ...{ kind, location, name: "web", disks: [], machine: { nics: [] } },
});

Deno.test("ownInput() lets virt-v2v read what it has an input for", () => {
  assertEquals(ownInput(source("ova", "/in/a.ova")), { kind: "ova", path: "/in/a.ova" });
  assertEquals(ownInput(source("ovf", "/in/a.ovf")), { kind: "ova", path: "/in" });
  assertEquals(ownInput(source("vmx", "/in/a.vmx")), { kind: "vmx", path: "/in/a.vmx" });
  assertEquals(ownInput(source("libvirt-xml", "/in/a.xml")), { kind: "libvirtxml", path: "/in/a.xml" });
});

Deno.test("ownInput() refuses a disk alone, and a machine on another host", () => {
  for (const one of [source("vmdk", "/in/a.vmdk"), source("vmx", "ssh://esx/vmfs/a.vmx")]) {
    assertThrows(() => ownInput(one), MigrateError, "has no input for it");
  }
});
