/**
 * The XML of a libvirt domain, as `virsh dumpxml` prints it. Pure: text in, values out.
 *
 * Format: libvirt, "Domain XML format".
 *
 * @module
 */
import type { DiskController } from "../../model/disk.ts";
import type { Firmware, Machine, Nic } from "../../model/source.ts";
import type { Place } from "../machine/drive_order.ts";
import { macAddress } from "../machine/mac_address.ts";
import { attribute, child, children, childText, parseXml, XmlError, type XmlNode } from "../parse/xml.ts";

/** A hard disk of the domain. */
export interface DomainDrive extends Place {
  /** File or block device; undefined when it is none that this host could open by name. */
  readonly file?: string;
  /** What it is on instead, such as `network`. */
  readonly type: string;
  /** The format that the domain gives; never guessed, because a guest writes what a raw disk holds. */
  readonly format: string;
}

/** One domain. */
export interface Domain {
  /** Its name. */
  readonly name: string;
  /** The hardware around the disks. */
  readonly machine: Machine;
  /** Its drives in boot order. */
  readonly drives: readonly DomainDrive[];
}

/**
 * Reads a domain.
 *
 * @throws {XmlError} for a text that is no XML or no domain, or that has a document type
 */
export function readDomain(text: string): Domain {
  const root = parseXml(text);
  if (root.name !== "domain") throw new XmlError(`its root is <${root.name}>, not <domain>`);
  const devices = child(root, "devices");
  const memory = child(root, "memory");
  const memoryBytes = memory && bytesOf(memory.text, attribute(memory, "unit"));
  const cpus = Number(childText(root, "vcpu") ?? NaN);
  const topology = child(child(root, "cpu"), "topology");
  const cores = Number(topology && attribute(topology, "cores") || NaN);
  const uuid = childText(root, "uuid");
  const osHint = osHintOf(root);
  return {
    name: childText(root, "name") ?? "",
    machine: {
      ...(Number.isInteger(cpus) && cpus > 0 ? { cpus } : {}),
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      firmware: firmwareOf(child(root, "os")),
      ...(child(devices, "tpm") === undefined ? {} : { tpm: true }),
      nics: children(devices, "interface").map(toNic),
      ...(Number.isInteger(cores) && cores > 0 && cpus % cores === 0 ? { coresPerSocket: cores } : {}),
      ...(uuid === undefined ? {} : { uuid: uuid.toLowerCase() }),
      ...(osHint === undefined ? {} : { osHint }),
    },
    drives: inBootOrder(children(devices, "disk").filter(isHardDisk)).map(toDrive),
  };
}

/** Factors of the units of `<memory>`; KiB where none is given. */
const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  KB: 1000,
  k: 1024,
  KiB: 1024,
  MB: 1000 ** 2,
  M: 1024 ** 2,
  MiB: 1024 ** 2,
  GB: 1000 ** 3,
  G: 1024 ** 3,
  GiB: 1024 ** 3,
  TB: 1000 ** 4,
  T: 1024 ** 4,
  TiB: 1024 ** 4,
};

function bytesOf(text: string, unit = "KiB"): number | undefined {
  const bytes = /^\d+$/.test(text) ? Number(text) * (UNITS[unit] ?? NaN) : NaN;
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

function firmwareOf(os: XmlNode | undefined): Firmware {
  const loader = child(os, "loader");
  const automatic = os !== undefined && attribute(os, "firmware") === "efi";
  const flash = loader !== undefined && attribute(loader, "type") === "pflash";
  if (!automatic && !flash) return "bios";
  const feature = children(child(os, "firmware"), "feature").find((one) =>
    attribute(one, "name") === "secure-boot"
  );
  const secure = feature === undefined
    ? loader !== undefined && attribute(loader, "secure") === "yes"
    : attribute(feature, "enabled") === "yes";
  return secure ? "uefi-secure-boot" : "uefi";
}

/** The system by libosinfo's name, in the metadata. */
function osHintOf(root: XmlNode): string | undefined {
  const os = child(child(child(root, "metadata"), "libosinfo"), "os");
  return os && attribute(os, "id");
}

function isHardDisk(node: XmlNode): boolean {
  return (attribute(node, "device") ?? "disk") === "disk" || attribute(node, "device") === "lun";
}

/** By `<boot order>` where a disk has one; the others keep their places. */
function inBootOrder(disks: readonly XmlNode[]): XmlNode[] {
  const order = (node: XmlNode): number => Number(attributeOf(child(node, "boot"), "order") ?? Infinity);
  return disks.toSorted((a, b) => order(a) === order(b) ? 0 : order(a) - order(b));
}

const BUSES: Readonly<Record<string, DiskController>> = {
  virtio: "virtio",
  scsi: "scsi",
  ide: "ide",
  sata: "sata",
  nvme: "nvme",
};

function toDrive(node: XmlNode, index: number): DomainDrive {
  const source = child(node, "source");
  const file = attributeOf(source, "file") ?? attributeOf(source, "dev");
  const address = child(node, "address");
  const drive = attributeOf(address, "type") === "drive";
  return {
    ...(file === undefined ? {} : { file }),
    type: attribute(node, "type") ?? "file",
    format: attributeOf(child(node, "driver"), "type") ?? "raw",
    controller: BUSES[attributeOf(child(node, "target"), "bus") ?? ""] ?? "unknown",
    controllerNumber: drive ? Number(attributeOf(address, "controller") ?? 0) : 0,
    // An IDE channel has two units.
    slot: drive
      ? Number(attributeOf(address, "bus") ?? 0) * 2 + Number(attributeOf(address, "unit") ?? 0)
      : index,
  };
}

function toNic(node: XmlNode): Nic {
  const mac = macAddress(attributeOf(child(node, "mac"), "address"));
  const source = child(node, "source");
  const network = attributeOf(source, "network") ?? attributeOf(source, "bridge") ??
    attributeOf(source, "dev");
  const model = attributeOf(child(node, "model"), "type");
  return {
    mac: mac ?? "",
    macOrigin: mac === undefined ? "generated" : "source",
    ...(network === undefined ? {} : { network }),
    ...(model === undefined ? {} : { model }),
  };
}

function attributeOf(node: XmlNode | undefined, name: string): string | undefined {
  return node && attribute(node, name);
}
