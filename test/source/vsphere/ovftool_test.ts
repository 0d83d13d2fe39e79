import { assert, assertEquals, assertThrows } from "@std/assert";
import { MigrateError } from "../../../src/model/error.ts";
import { diskFiles } from "../../../src/source/vsphere/modes/ovftool.ts";
import {
  ovftoolArgs,
  ovftoolDeployArgs,
  ovftoolFraction,
  viUrl,
} from "../../../src/source/vsphere/ovftool.ts";
import type { Trust } from "../../../src/source/vsphere/http/trust.ts";

const login = (trust: Trust) => ({ host: "vc", port: 443, user: "joe@vsphere.local", trust });
const args = (trust: Trust): string[] =>
  ovftoolArgs({ login: login(trust), path: "/DC0/vm/web 1", target: "/out/w.ovf", extraArgs: ["--x"] });

Deno.test("viUrl() names user, server and path, and no password", () => {
  assertEquals(viUrl(login({ kind: "ca" }), "/DC0/vm/web 1"), "vi://joe%40vsphere.local@vc/DC0/vm/web%201");
  assertEquals(viUrl({ host: "::1", port: 8443, user: "root" }, "web"), "vi://root@[::1]:8443/web");
});

Deno.test("ovftoolArgs() ends with the machine and the target, the user's arguments before", () => {
  assertEquals(args({ kind: "ca" }).slice(-3), [
    "--x",
    "vi://joe%40vsphere.local@vc/DC0/vm/web%201",
    "/out/w.ovf",
  ]);
});

Deno.test("ovftoolArgs() checks the certificate as the session does", () => {
  assert(args({ kind: "insecure" }).includes("--noSSLVerify"));
  assert(!args({ kind: "ca" }).includes("--noSSLVerify"));
  const pin = { kind: "pin", thumbprint: { algorithm: "sha1", hex: "AA:BB" } } as const;
  assert(args(pin).includes("--sourceSSLThumbprint=AA:BB"));
});

Deno.test("ovftoolArgs() refuses a certificate that ovftool could not check", () => {
  const pin = { kind: "pin", thumbprint: { algorithm: "sha256", hex: "AA:BB" } } as const;
  for (const trust of [pin, { kind: "ca", pem: "-----BEGIN" } as const]) {
    assertThrows(() => args(trust), MigrateError, "Cannot let ovftool log in");
  }
});

Deno.test("ovftoolDeployArgs() names machine, datastore and place", () => {
  const trust = { kind: "insecure" } as const;
  const deploy = { login: login(trust), source: "/in/w.ova", target: "/DC0/host/C0", extraArgs: ["--x"] };
  assertEquals(ovftoolDeployArgs({ ...deploy, name: "web", datastore: "ds1" }), [
    "--acceptAllEulas",
    "--machineOutput",
    "--noSSLVerify",
    "--name=web",
    "--datastore=ds1",
    "--x",
    "/in/w.ova",
    "vi://joe%40vsphere.local@vc/DC0/host/C0",
  ]);
});

Deno.test("ovftoolFraction() reads the last progress", () => {
  assertEquals([ovftoolFraction("PROGRESS\n+ 12\n+ 34\n"), ovftoolFraction("RESULT\n+ SUCCESS")], [
    0.34,
    null,
  ]);
});

const OVF = (href: string): string =>
  `<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
    <References><File ovf:href="${href}" ovf:id="f1"/><File ovf:href="w.nvram" ovf:id="f2"/></References></Envelope>`;

Deno.test("diskFiles() names the disks of an OVF, beside it only", () => {
  assertEquals(diskFiles(OVF("w-disk1.vmdk")), ["w-disk1.vmdk"]);
  assertThrows(() => diskFiles(OVF("../w-disk1.vmdk")), MigrateError, "a disk is called");
});
