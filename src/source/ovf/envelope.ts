/**
 * The envelope of an OVF package: its files, its disks and its virtual machines. Pure: text in, values out.
 *
 * Format: DMTF DSP0243 (Open Virtualization Format), versions 1.1 and 2.1, sections 7 to 9.
 *
 * @module
 */
import type { Machine } from "../../model/source.ts";
import { defaultConfiguration, type OvfDrive, ovfHardware } from "./hardware.ts";
import { sizeInUnits } from "./units.ts";
import { attribute, child, children, childText, parseXml, XmlError, type XmlNode } from "../parse/xml.ts";

/** One file of the package. */
export interface OvfFile {
  /** Id that disks refer to. */
  readonly id: string;
  /** Its name, relative to the envelope, percent signs resolved. */
  readonly href: string;
  /** Length in bytes, where the envelope says it. */
  readonly sizeBytes?: number;
  /** Whether it is compressed with gzip. */
  readonly gzip: boolean;
  /** Length of each part of a file that is split, in bytes. */
  readonly chunkBytes?: number;
}

/** One disk. */
export interface OvfDisk {
  /** Id that drives refer to. */
  readonly id: string;
  /** Id of its file; without one the disk is empty. */
  readonly fileId?: string;
  /** The size that the guest sees, in bytes. */
  readonly capacityBytes?: number;
  /** Id of the disk that it only has the differences from. */
  readonly parentId?: string;
}

/** One virtual machine. */
export interface OvfSystem {
  /** Id in the envelope. */
  readonly id: string;
  /** Name for people; the id when it has none. */
  readonly name: string;
  /** The hardware around the disks. */
  readonly machine: Machine;
  /** Its drives in boot order. */
  readonly drives: readonly OvfDrive[];
}

/** A whole envelope. */
export interface OvfEnvelope {
  /** Files in order. */
  readonly files: readonly OvfFile[];
  /** Disks in order. */
  readonly disks: readonly OvfDisk[];
  /** Virtual machines in order, those inside of collections too. */
  readonly systems: readonly OvfSystem[];
}

/** Name and namespace of the root; later versions change the number only. */
const ROOT = "Envelope";
const NAMESPACE = /^http:\/\/schemas\.dmtf\.org\/ovf\/envelope\/[12]$/;

/**
 * Reads an envelope.
 *
 * @throws {XmlError} for a text that is no XML or no envelope, or that has a document type
 */
export function readEnvelope(text: string): OvfEnvelope {
  const root = parseXml(text);
  if (root.name !== ROOT || !NAMESPACE.test(root.namespace)) {
    throw new XmlError(`its root is <${root.name}> of "${root.namespace}", not an OVF 1 or 2 envelope`);
  }
  const configuration = defaultConfiguration(root);
  return {
    files: children(child(root, "References"), "File").map(toFile),
    disks: children(root, "DiskSection").flatMap((section) => children(section, "Disk")).map(toDisk),
    systems: systemsIn(root).map((node) => toSystem(node, configuration)),
  };
}

function systemsIn(node: XmlNode): XmlNode[] {
  return node.children.flatMap((one) =>
    one.name === "VirtualSystem" ? [one] : one.name === "VirtualSystemCollection" ? systemsIn(one) : []
  );
}

function toFile(node: XmlNode): OvfFile {
  const size = sizeInUnits(attribute(node, "size"));
  const chunk = sizeInUnits(attribute(node, "chunkSize"));
  return {
    id: attribute(node, "id") ?? "",
    href: unescaped(attribute(node, "href") ?? ""),
    gzip: attribute(node, "compression")?.toLowerCase() === "gzip",
    ...(size === undefined ? {} : { sizeBytes: size }),
    ...(chunk === undefined || chunk === 0 ? {} : { chunkBytes: chunk }),
  };
}

/** A reference is a URI (DSP0243, 7.1), though many programs write plain names. */
function unescaped(href: string): string {
  try {
    return decodeURIComponent(href);
  } catch (error) {
    if (error instanceof URIError) return href;
    throw error;
  }
}

function toDisk(node: XmlNode): OvfDisk {
  const fileId = attribute(node, "fileRef");
  const parentId = attribute(node, "parentRef");
  const capacityBytes = sizeInUnits(attribute(node, "capacity"), attribute(node, "capacityAllocationUnits"));
  return {
    id: attribute(node, "diskId") ?? "",
    ...(fileId === undefined || fileId === "" ? {} : { fileId }),
    ...(parentId === undefined || parentId === "" ? {} : { parentId }),
    ...(capacityBytes === undefined ? {} : { capacityBytes }),
  };
}

function toSystem(node: XmlNode, configuration: string | undefined): OvfSystem {
  const id = attribute(node, "id") ?? "";
  const { drives, ...hardware } = ovfHardware(node, configuration);
  const system = child(node, "OperatingSystemSection");
  // VMware's name is exact; the description is free text.
  const osHint = (system && attribute(system, "osType")) ?? childText(system, "Description") ??
    childText(system, "OSType");
  return {
    id,
    name: childText(node, "Name") ?? id,
    drives,
    machine: { ...hardware, ...(osHint === undefined ? {} : { osHint }) },
  };
}
