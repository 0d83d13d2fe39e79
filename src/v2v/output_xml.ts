/**
 * The libvirt XML that `virt-v2v -o local` writes: which files are the result, and what they need.
 *
 * @module
 */
import { XMLParser } from "fast-xml-parser";
import type { DiskFormat } from "../model/disk.ts";
import { MigrateError } from "../model/error.ts";

/** One disk as virt-v2v left it. */
export interface V2VOutputDisk {
  /** Path of the file. */
  readonly path: string;
  /** Image format. */
  readonly format: DiskFormat;
  /** Bus that the guest has a driver for: `virtio`, `scsi`, `sata`, `ide`. */
  readonly bus: string;
}

/** What virt-v2v says of the machine that it made. */
export interface V2VMachine {
  /** Disks in order. */
  readonly disks: readonly V2VOutputDisk[];
  /** Firmware that the guest boots by. */
  readonly firmware: "bios" | "uefi";
  /** Models of the network cards in order: `virtio`, `e1000` and so on. */
  readonly nicModels: readonly string[];
  /** libosinfo's name of the system, such as `http://debian.org/debian/12`. */
  readonly osId?: string;
}

interface RawElement {
  readonly [name: string]: unknown;
}

const LISTS = new Set(["disk", "interface"]);
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  parseAttributeValue: false,
  parseTagValue: false,
  isArray: (name) => LISTS.has(name),
});

/**
 * Reads the XML that virt-v2v wrote.
 *
 * @throws {MigrateError} `tool/failed` when it does not name its disks
 */
export function parseOutputXml(xml: string): V2VMachine {
  const domain = child(parser.parse(xml) as RawElement, "domain");
  const devices = child(domain, "devices");
  const os = child(domain, "os");
  const disks = list(devices, "disk").filter((disk) => (disk["@device"] ?? "disk") === "disk");
  if (disks.length === 0) {
    throw new MigrateError("tool/failed", "Cannot read the result of virt-v2v: it names no disk.");
  }
  const loader = os["loader"];
  const uefi = os["@firmware"] === "efi" ||
    (loader !== undefined && child(os, "loader")["@type"] === "pflash");
  const osId = child(child(child(domain, "metadata"), "libosinfo:libosinfo"), "libosinfo:os")["@id"];
  return {
    ...(typeof osId === "string" ? { osId } : {}),
    disks: disks.map(outputDisk),
    firmware: uefi ? "uefi" : "bios",
    nicModels: list(devices, "interface").map((nic) => String(child(nic, "model")["@type"] ?? "")),
  };
}

function outputDisk(disk: RawElement): V2VOutputDisk {
  const path = child(disk, "source")["@file"];
  const format = child(disk, "driver")["@type"];
  if (typeof path !== "string" || (format !== "qcow2" && format !== "raw")) {
    throw new MigrateError(
      "tool/failed",
      "Cannot read the result of virt-v2v: a disk has no file or format.",
    );
  }
  return { path, format, bus: String(child(disk, "target")["@bus"] ?? "") };
}

/** A child element; an empty one when it is absent or has neither attributes nor children. */
function child(parent: RawElement, name: string): RawElement {
  const value = parent[name];
  return typeof value === "object" && value !== null ? value as RawElement : {};
}

function list(parent: RawElement, name: string): RawElement[] {
  const value = parent[name];
  return Array.isArray(value) ? value.map((one) => typeof one === "object" && one !== null ? one : {}) : [];
}
