import { assertEquals, assertThrows } from "@std/assert";
import { MigrateError } from "../../../src/model/error.ts";
import { libvirtUri, v2vInput, type V2VPlace } from "../../../src/source/vsphere/v2v_input.ts";
import type { Trust } from "../../../src/source/vsphere/http/trust.ts";

const login = (trust: Trust = { kind: "ca" }) => ({ host: "vc", port: 443, user: "DOM\\joe@x", trust });

const PLACE: V2VPlace = {
  isVcenter: true,
  hostPath: ["Data Center", "Cluster", "esx-1"],
  host: "esx-1",
  vmx: "[ds1] web/web.vmx",
};

Deno.test("libvirtUri() names user, vCenter, datacenter, cluster and host, each encoded", () => {
  assertEquals(libvirtUri(login(), PLACE), "vpx://DOM%5Cjoe%40x@vc/Data%20Center/Cluster/esx-1");
  assertEquals(
    libvirtUri({ ...login({ kind: "insecure" }), host: "::1", port: 8443 }, PLACE),
    "vpx://DOM%5Cjoe%40x@[::1]:8443/Data%20Center/Cluster/esx-1?no_verify=1",
  );
});

Deno.test("libvirtUri() reaches an ESXi host without a vCenter", () => {
  assertEquals(libvirtUri(login(), { ...PLACE, isVcenter: false, hostPath: [] }), "esx://DOM%5Cjoe%40x@vc/");
});

Deno.test("libvirtUri() refuses a certificate that virt-v2v could not check", () => {
  const pin: Trust = { kind: "pin", thumbprint: { algorithm: "sha1", hex: "AA" } };
  for (const trust of [pin, { kind: "ca", pem: "-----BEGIN" } as const]) {
    const error = assertThrows(() => libvirtUri(login(trust), PLACE), MigrateError) as MigrateError;
    assertEquals(error.code, "usage/bad-value");
  }
});

Deno.test("v2vInput() reads by HTTPS, or by the library with what it needs", () => {
  const https = v2vInput(login(), "web", PLACE, { kind: "https", passwordFile: "/pw" });
  const uri = "vpx://DOM%5Cjoe%40x@vc/Data%20Center/Cluster/esx-1";
  const expected = { kind: "vcenter", uri, guest: "web", passwordFile: "/pw" } as const;
  assertEquals(https, expected);
  const vddk = { thumbprint: "AA:BB", libdir: "/opt/v" };
  assertEquals(v2vInput(login(), "web", PLACE, { kind: "vddk", passwordFile: "/pw", vddk }), {
    ...expected,
    vddk,
  });
});

Deno.test("v2vInput() reads over SSH from the ESXi host, and refuses what a URL cannot hold", () => {
  assertEquals(v2vInput(login(), "web", PLACE, { kind: "ssh" }), {
    kind: "vmx-ssh",
    url: "ssh://root@esx-1/vmfs/volumes/ds1/web/web.vmx",
  });
  const alone = { ...PLACE, isVcenter: false };
  assertEquals(v2vInput({ ...login(), user: "root" }, "web", alone, { kind: "ssh", passwordFile: "/pw" }), {
    kind: "vmx-ssh",
    url: "ssh://root@vc/vmfs/volumes/ds1/web/web.vmx",
    passwordFile: "/pw",
  });
  const spaced = { ...PLACE, vmx: "[ds 1] web/web.vmx" };
  assertThrows(
    () => v2vInput(login(), "web", spaced, { kind: "ssh" }),
    MigrateError,
    "cannot name this path",
  );
});
