/**
 * The libvirt XML that tells virt-v2v of the source. Also for one disk, because `-i disk` would lose
 * addresses, CPUs, memory and firmware.
 *
 * @module
 */
import { deviceLetters } from "../libvirt/domain_disks.ts";
import { element, renderXml, type XmlElement } from "../libvirt/xml_builder.ts";
import { bootDefaults } from "../libvirt/target.ts";
import type { DiskController, DiskFormat, SourceDisk } from "../model/disk.ts";
import type { DiscoveredSource, Nic } from "../model/source.ts";

/** What of a disk is described: an overlay can stand in for the source. */
export type V2VDisk = Pick<SourceDisk, "path" | "controller"> & { readonly format: DiskFormat };

/** The controllers that virt-v2v tells apart, with the names that their disks have. */
const BUSES: Partial<Record<DiskController, readonly [bus: string, prefix: string]>> = {
  ide: ["ide", "hd"],
  sata: ["sata", "sd"],
  virtio: ["virtio", "vd"],
};
const SCSI = ["scsi", "sd"] as const;

/** Describes a source to virt-v2v: the disks in order, the cards with their addresses. */
export function sourceXml(source: DiscoveredSource, disks: readonly V2VDisk[], nics: readonly Nic[]): string {
  const { cpus, memoryBytes, firmware } = bootDefaults(source);
  const os = firmware === "bios" ? {} : { firmware: "efi" };
  return renderXml(element("domain", { type: "kvm" }, [
    element("name", {}, source.name),
    element("memory", { unit: "KiB" }, Math.ceil(memoryBytes / 1024)),
    element("vcpu", {}, cpus),
    element("os", os, [element("type", { arch: "x86_64" }, "hvm")]),
    element("features", {}, [element("acpi"), element("apic")]),
    element("devices", {}, [...disks.map(disk), ...nics.map(card)]),
  ]));
}

function disk({ path, format, controller }: V2VDisk, index: number): XmlElement {
  const [bus, prefix] = BUSES[controller ?? "unknown"] ?? SCSI;
  return element("disk", { type: "file", device: "disk" }, [
    element("driver", { name: "qemu", type: format }),
    element("source", { file: path }),
    element("target", { dev: prefix + deviceLetters(index), bus }),
  ]);
}

function card({ mac, network, model }: Nic): XmlElement {
  return element("interface", { type: "network" }, [
    element("mac", { address: mac }),
    element("source", { network: network ?? "default" }),
    model !== undefined && element("model", { type: model }),
  ]);
}
