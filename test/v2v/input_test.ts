import { assertEquals, assertThrows } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import type { V2VFeatures } from "../../src/v2v/features.ts";
import { inputArgs, type V2VInput } from "../../src/v2v/input.ts";

const WORDS = ["input:libvirtxml", "input:ova", "input:vmx", "vcenter-https", "vddk", "io/oo"];

const features = (...words: string[]): V2VFeatures => ({ version: "2.2.0", release: [2, 2], words });
const args = (input: V2VInput, words = WORDS): string => inputArgs(input, features(...words)).join(" ");

const VCENTER: V2VInput = {
  kind: "vcenter",
  uri: "vpx://root@vc/DC/esx?no_verify=1",
  guest: "web 01",
  passwordFile: "/run/pw",
};

Deno.test("inputArgs() names files by the mode that reads them, the operand last", () => {
  assertEquals(args({ kind: "libvirtxml", path: "/in/vm.xml" }), "-i libvirtxml /in/vm.xml");
  assertEquals(args({ kind: "ova", path: "/in/vm.ova" }), "-i ova /in/vm.ova");
  assertEquals(args({ kind: "vmx", path: "/in/vm.vmx" }), "-i vmx /in/vm.vmx");
});

Deno.test("inputArgs() reads a VMX over SSH with a password file, or with an agent", () => {
  const url = "ssh://root@esx/vmfs/volumes/ds/vm/vm.vmx";
  assertEquals(args({ kind: "vmx-ssh", url }), `-i vmx -it ssh ${url}`);
  assertEquals(args({ kind: "vmx-ssh", url, passwordFile: "/p" }), `-i vmx -it ssh -ip /p ${url}`);
});

Deno.test("inputArgs() reads a VM of a vCenter with the password from a file", () => {
  assertEquals(args(VCENTER), "-i libvirt -ic vpx://root@vc/DC/esx?no_verify=1 -ip /run/pw web 01");
});

Deno.test("inputArgs() names library, thumbprint, transports and snapshot to VDDK", () => {
  const vddk = { libdir: "/opt/vddk", thumbprint: "aa:bb", transports: "nbdssl", snapshot: "snapshot-7" };
  assertEquals(
    args({ ...VCENTER, vddk }).split(" -it ")[1],
    "vddk -io vddk-libdir=/opt/vddk -io vddk-thumbprint=aa:bb -io vddk-transports=nbdssl" +
      " -io vddk-snapshot=snapshot-7 web 01",
  );
});

Deno.test("inputArgs() gives an old virt-v2v options of their own for VDDK", () => {
  const words = WORDS.filter((word) => word !== "io/oo");
  assertEquals(
    args({ ...VCENTER, vddk: { thumbprint: "aa:bb" } }, words).split(" -it ")[1],
    "vddk --vddk-thumbprint aa:bb web 01",
  );
});

Deno.test("inputArgs() refuses an input that this virt-v2v does not say it has", () => {
  const without = (word: string, input: V2VInput): void => {
    const words = WORDS.filter((one) => one !== word);
    const error = assertThrows(() => args(input, words), MigrateError, `it has no ${word}`) as MigrateError;
    assertEquals(error.code, "tool/missing");
  };
  without("input:ova", { kind: "ova", path: "/in/vm.ova" });
  without("vcenter-https", VCENTER);
  without("vddk", { ...VCENTER, vddk: { thumbprint: "aa:bb" } });
});
