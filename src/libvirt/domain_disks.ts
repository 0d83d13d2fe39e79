/**
 * The disks of a libvirt definition, with the controllers that they need.
 *
 * @module
 */
import type { DiskFormat } from "../model/disk.ts";
import type { TargetBus, TargetDisk } from "./target_machine.ts";
import { element, type XmlElement } from "./xml_builder.ts";

/** What a device name starts with, by bus. */
const PREFIX: Readonly<Record<TargetBus, string>> = { virtio: "vd", scsi: "sd", sata: "sd" };

/** What a device name ends with, by number: `a` … `z`, `aa` …, as Linux counts. */
export function deviceLetters(index: number): string {
  let letters = "";
  for (let rest = index; rest >= 0; rest = Math.floor(rest / 26) - 1) {
    letters = String.fromCharCode(97 + rest % 26) + letters;
  }
  return letters;
}

/** The disks in order; the order is the boot order, and each name follows from it. */
export function diskElements(disks: readonly TargetDisk[]): XmlElement[] {
  const names = { vd: 0, sd: 0 };
  const elements = disks.map((disk, index) => {
    const family = disk.bus === "virtio" ? "vd" : "sd";
    return diskElement(disk, index, names[family]++);
  });
  const scsi = disks.some((disk) => disk.bus === "scsi");
  // Named here, because libvirt's own choice for a SCSI disk would be an emulated LSI controller.
  return scsi
    ? [...elements, element("controller", { type: "scsi", index: 0, model: "virtio-scsi" })]
    : elements;
}

/** A CD drive on SATA with an image in it, named after the disks. */
export function cdromElement(path: string, disks: readonly TargetDisk[]): XmlElement {
  const number = disks.filter(({ bus }) => bus !== "virtio").length;
  return element("disk", { type: "file", device: "cdrom" }, [
    element("driver", { name: "qemu", type: "raw" }),
    element("source", { file: path }),
    element("target", { dev: PREFIX.sata + deviceLetters(number), bus: "sata" }),
    element("readonly"),
  ]);
}

function diskElement(disk: TargetDisk, index: number, number: number): XmlElement {
  return element("disk", { type: disk.isDevice === true ? "block" : "file", device: "disk" }, [
    element("driver", { name: "qemu", type: driverType(disk.format), discard: "unmap" }),
    element("source", disk.isDevice === true ? { dev: disk.path } : { file: disk.path }),
    element("target", { dev: PREFIX[disk.bus] + deviceLetters(number), bus: disk.bus }),
    element("boot", { order: index + 1 }),
    // One target per disk: libvirt's own numbering would begin a second controller after a few disks.
    disk.bus === "scsi" &&
    element("address", { type: "drive", controller: 0, bus: 0, target: number, unit: 0 }),
  ]);
}

/** The format as libvirt names it. */
function driverType(format: DiskFormat): string {
  return format === "luks" ? "raw" : format;
}
