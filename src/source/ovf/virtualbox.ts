/**
 * What VirtualBox adds to an envelope: its own machine file, which alone has firmware, TPM and addresses.
 *
 * Format: VirtualBox's settings schema, `VirtualBox-settings-*.xsd`, type TMachine.
 *
 * @module
 */
import type { Firmware } from "../../model/source.ts";
import { macAddress } from "../machine/mac_address.ts";
import { attribute, child, children, type XmlNode } from "../parse/xml.ts";

/** What is used of the machine file. */
export interface VirtualBoxMachine {
  /** Firmware, where it is said. */
  readonly firmware?: Firmware;
  /** Whether it has a TPM. */
  readonly tpm: boolean;
  /** The adapters in use, in order of their slots. */
  readonly adapters: readonly { readonly mac?: string }[];
}

/** Reads `vbox:Machine`; undefined gives a machine that nothing is known of. */
export function vbox(machine: XmlNode | undefined): VirtualBoxMachine {
  const hardware = child(machine, "Hardware");
  const type = attributeOf(child(hardware, "Firmware"), "type");
  const bios = child(hardware, "BIOS");
  const secure = attributeOf(child(child(bios, "NVRAM"), "SecureBoot"), "enabled") === "true";
  const firmware: Firmware | undefined = type === undefined
    ? undefined
    : !/^efi/i.test(type)
    ? "bios"
    : secure
    ? "uefi-secure-boot"
    : "uefi";
  const tpm = attributeOf(child(hardware, "TrustedPlatformModule"), "type") ?? "None";
  const adapters = children(child(hardware, "Network"), "Adapter")
    .filter((node) => attribute(node, "enabled") === "true")
    .toSorted((a, b) => Number(attribute(a, "slot")) - Number(attribute(b, "slot")))
    .map((node) => {
      const mac = macAddress(attribute(node, "MACAddress"));
      return mac === undefined ? {} : { mac };
    });
  return { tpm: tpm !== "None", adapters, ...(firmware === undefined ? {} : { firmware }) };
}

function attributeOf(node: XmlNode | undefined, name: string): string | undefined {
  return node && attribute(node, name);
}
