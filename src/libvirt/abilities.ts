/**
 * What a libvirt's host can give a machine: its domain capabilities
 * (https://libvirt.org/formatdomaincaps.html).
 *
 * @module
 */
import type { Connection } from "../../ffi/libvirt/mod.ts";
import { MigrateError } from "../model/error.ts";
import { attribute, child, children, parseXml, type XmlNode } from "../source/parse/xml.ts";
import type { TargetMachine } from "./target_machine.ts";

/** The capabilities of a q35 machine: under KVM where the host has it, unless a type is asked for. */
export function abilitiesOf(
  connection: Connection,
  virtType?: "kvm" | "qemu",
): { readonly virtType: "kvm" | "qemu"; readonly xml: string } {
  const type = virtType ?? (hasKvm(connection.capabilities()) ? "kvm" : "qemu");
  return {
    virtType: type,
    xml: connection.domainCapabilities({ virtType: type, machine: "q35", arch: "x86_64" }),
  };
}

function hasKvm(capabilities: string): boolean {
  const guests = children(parseXml(capabilities), "guest").map((guest) => child(guest, "arch"));
  return guests.some((arch) =>
    arch !== undefined && attribute(arch, "name") === "x86_64" &&
    children(arch, "domain").some((domain) => attribute(domain, "type") === "kvm")
  );
}

/**
 * Compares a machine with what the host can do.
 *
 * @throws {MigrateError} `libvirt/failed` for a firmware, a processor or a TPM that the host does not have
 */
export function checkAbilities(xml: string, machine: TargetMachine, uri: string): void {
  const root = parseXml(xml);
  const os = child(root, "os");
  const refuse = (reason: string, hint: string): never => {
    throw new MigrateError("libvirt/failed", `Cannot define ${machine.name} on ${uri}: ${reason}.`, {
      stage: "define",
      hint,
    });
  };
  if (machine.firmware !== "bios" && !values(os, "firmware").includes("efi")) {
    refuse("its host has no UEFI firmware", "Install it there: ovmf (edk2-ovmf on Fedora and RHEL).");
  }
  if (machine.firmware === "uefi-secure-boot" && !values(child(os, "loader"), "secure").includes("yes")) {
    refuse(
      "its host has no firmware with Secure Boot",
      "Install ovmf there, or give --uefi to go without it.",
    );
  }
  const { cpuModel } = machine;
  if (cpuModel !== undefined && !cpuModel.startsWith("host-")) {
    const models = children(child(root, "cpu"), "mode").filter((mode) => attribute(mode, "name") === "custom")
      .flatMap((mode) => children(mode, "model"));
    const model = models.find(({ text }) => text === cpuModel);
    if (model === undefined) {
      refuse(`it knows no processor "${cpuModel}"`, `virsh -c ${uri} domcapabilities lists them.`);
    }
    if (model !== undefined && attribute(model, "usable") === "no") {
      refuse(`its host cannot be a "${cpuModel}"`, "Name an older model, or leave --cpu-model out.");
    }
  }
  const tpm = child(child(root, "devices"), "tpm");
  if (machine.tpm && !values(tpm, "backendModel").includes("emulator")) {
    refuse(
      "it has a TPM, which that host cannot emulate",
      "Install it there: swtpm (on Debian also swtpm-tools), and restart libvirtd; or take <tpm> out of the " +
        "definition beside the disks, and run virsh define.",
    );
  }
}

/** The values of an enumeration. */
function values(parent: XmlNode | undefined, name: string): string[] {
  const found = children(parent, "enum").find((one) => attribute(one, "name") === name);
  return children(found, "value").map(({ text }) => text);
}
