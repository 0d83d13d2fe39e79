import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { checkAbilities } from "../../src/libvirt/abilities.ts";
import type { TargetMachine } from "../../src/libvirt/target_machine.ts";
import { MigrateError } from "../../src/model/error.ts";
import { sampleMachine } from "../support/virt_machine.ts";

/** What a host without Secure Boot and TPM says. */
const PLAIN = `<domainCapabilities><os supported='yes'>
  <enum name='firmware'><value>efi</value></enum>
  <loader supported='yes'><enum name='secure'><value>no</value></enum></loader></os>
  <cpu><mode name='custom' supported='yes'><model usable='yes'>Haswell</model><model usable='no'>EPYC</model></mode></cpu>
  <devices><tpm supported='yes'><enum name='backendModel'><value>passthrough</value></enum></tpm></devices>
</domainCapabilities>`;

function refusal(change: Partial<TargetMachine>, xml = PLAIN): MigrateError {
  return assertThrows(
    () => checkAbilities(xml, sampleMachine(change), "qemu:///x"),
    MigrateError,
  ) as MigrateError;
}

Deno.test("checkAbilities() takes a machine that the host can run", () => {
  checkAbilities(PLAIN, sampleMachine({ firmware: "uefi", cpuModel: "Haswell" }), "qemu:///x");
  checkAbilities(PLAIN, sampleMachine({ cpuModel: "host-passthrough" }), "qemu:///x");
});

Deno.test("checkAbilities() refuses firmware that the host does not have, and says what to install", () => {
  const error = refusal({ firmware: "uefi-secure-boot" });
  assertEquals(error.code, "libvirt/failed");
  assertStringIncludes(error.message, "Secure Boot");
  assertStringIncludes(error.hint ?? "", "--uefi");
  assertStringIncludes(refusal({ firmware: "uefi" }, "<domainCapabilities/>").message, "no UEFI firmware");
});

Deno.test("checkAbilities() refuses a processor that is not known, or not possible on the host", () => {
  assertStringIncludes(refusal({ cpuModel: "Z80" }).message, 'knows no processor "Z80"');
  assertStringIncludes(refusal({ cpuModel: "EPYC" }).message, 'cannot be a "EPYC"');
});

Deno.test("checkAbilities() refuses a TPM that the host cannot emulate, and says what to install", () => {
  const error = refusal({ tpm: true });
  assertStringIncludes(error.message, "it has a TPM, which that host cannot emulate");
  assertStringIncludes(error.hint ?? "", "swtpm");
});
