import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MigrateError } from "../../../src/model/error.ts";
import { checkVddk, copyDisk } from "../../../src/source/vsphere/modes/vddk.ts";
import {
  copiedFraction,
  nbdkitCopyArgs,
  noVddk,
  vddkArgs,
  type VddkDisk,
} from "../../../src/source/vsphere/vddk.ts";
import { sha256 } from "../../support/images.ts";
import { missingHere, testNeeding } from "../../support/needs.ts";
import { TempFolder } from "../../support/temp.ts";

const DISK: VddkDisk = {
  host: "vc.example",
  port: 443,
  user: "root",
  passwordFile: "/dev/shm/s/1",
  thumbprint: "AA:BB",
  vm: "vm-42",
  file: "[ds 1] web/web.vmdk",
};

Deno.test("vddkArgs() names the machine, the disk and the file of the password", () => {
  assertEquals(vddkArgs(DISK), [
    "vddk",
    "server=vc.example",
    "user=root",
    "password=+/dev/shm/s/1",
    "thumbprint=AA:BB",
    "vm=moref=vm-42",
    "file=[ds 1] web/web.vmdk",
  ]);
});

Deno.test("vddkArgs() names library, port, snapshot and transports when they are given", () => {
  const args = vddkArgs({ ...DISK, libdir: "/opt/v", port: 8443, snapshot: "snapshot-7", transports: "nbd" });
  for (const one of ["libdir=/opt/v", "port=8443", "snapshot=snapshot-7", "transports=nbd"]) {
    assert(args.includes(one), one);
  }
});

Deno.test("nbdkitCopyArgs() reads only, over a socket of its own", () => {
  const args = nbdkitCopyArgs(["vddk", "file=a"]);
  assertEquals(args.slice(0, 5), ["--readonly", "-U", "-", "vddk", "file=a"]);
  assertEquals(args.at(-2), "--run");
});

Deno.test("copiedFraction() reads nbdcopy's last progress", () => {
  assertEquals([copiedFraction("1/100\n33/100\n"), copiedFraction("33")], [0.33, null]);
});

Deno.test("noVddk() tells a missing plugin from a missing library", () => {
  const plugin = noVddk("nbdkit: error: cannot open plugin 'vddk': …/nbdkit-vddk-plugin.so: cannot open");
  assertStringIncludes(plugin.message, "nbdkit has no vddk plugin");
  const library = noVddk("x\nlibvixDiskLib.so.7: cannot open shared object file\n");
  assertStringIncludes(library.message, "libvixDiskLib.so.7: cannot open");
  assertStringIncludes(library.hint ?? "", "--vddk-libdir");
});

const PLUGIN = "/usr/lib/x86_64-linux-gnu/nbdkit/plugins/nbdkit-vddk-plugin.so";

testNeeding({ programs: ["nbdkit"] }, "checkVddk() says what nbdkit lacks", async () => {
  const check = (): Promise<void> => checkVddk("/nowhere", new AbortController().signal);
  const error = await assertRejects(check, MigrateError) as MigrateError;
  assertEquals(error.code, "tool/missing");
  const isInstalled = missingHere({ files: [PLUGIN] }).length === 0;
  assertStringIncludes(error.message, isInstalled ? "library cannot be loaded" : "nbdkit has no vddk plugin");
});

testNeeding(
  { programs: ["nbdkit", "nbdcopy"] },
  "copyDisk() copies what a plugin serves, and tells how far it is",
  async () => {
    await using folder = await TempFolder.create();
    const source = folder.file("so'urce $x");
    await Deno.writeFile(source, crypto.getRandomValues(new Uint8Array(64 * 1024)));
    const fractions: number[] = [];
    const target = folder.file("tar get.raw");
    const { signal } = new AbortController();
    await copyDisk(["file", `file=${source}`], target, signal, (fraction) => fractions.push(fraction));
    assertEquals(await sha256(target), await sha256(source));
    assertEquals(fractions.at(-1), 1);
    assertEquals((await folder.names()).includes("tar get.raw.partial"), false);
  },
);

testNeeding(
  { programs: ["nbdkit", "nbdcopy"] },
  "copyDisk() gives no name to a copy that failed",
  async () => {
    await using folder = await TempFolder.create();
    const target = folder.file("a.raw");
    const { signal } = new AbortController();
    await assertRejects(
      () => copyDisk(["file", "file=/nowhere"], target, signal, () => {}),
      MigrateError,
      "nbdkit",
    );
    assertEquals((await folder.names()).includes("a.raw"), false);
  },
);
