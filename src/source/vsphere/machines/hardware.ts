/**
 * The devices of a machine (VirtualDevice and its kinds in the vSphere Web Services API) as plain values.
 *
 * @module
 */
import type { DiskController } from "../../../model/disk.ts";
import type { VmDisk, VmNic, VmSnapshot } from "./vm.ts";
import { asReference } from "../soap.ts";
import { child, childrenOf, textAt, typeOf, type XmlNode } from "../xml.ts";

/** What kind of controller each type is. */
const CONTROLLERS: Readonly<Record<string, DiskController>> = {
  ParaVirtualSCSIController: "scsi",
  VirtualLsiLogicController: "scsi",
  VirtualLsiLogicSASController: "scsi",
  VirtualBusLogicController: "scsi",
  VirtualAHCIController: "sata",
  VirtualIDEController: "ide",
  VirtualNVMEController: "nvme",
};

/** Controllers in the order in which the firmware of a VMware machine looks for disks. */
const ORDER: readonly DiskController[] = ["scsi", "sata", "ide", "nvme", "virtio", "unknown"];

/** Every disk, in boot order. */
export function disksOf(devices: readonly XmlNode[]): VmDisk[] {
  const byKey = new Map(devices.map((device) => [textAt(device, "key") ?? "", device]));
  return devices.filter((device) => typeOf(device) === "VirtualDisk").map((device) => {
    return asDisk(device, byKey.get(textAt(device, "controllerKey") ?? ""));
  }).sort((one, other) =>
    ORDER.indexOf(one.controller) - ORDER.indexOf(other.controller) || one.bus - other.bus ||
    one.unit - other.unit
  );
}

function asDisk(device: XmlNode, controller: XmlNode | undefined): VmDisk {
  const backing = child(device, "backing");
  const type = backing === undefined ? "" : typeOf(backing);
  const controllerType = controller === undefined ? "" : typeOf(controller);
  const uuid = textAt(backing, "uuid"), changeId = textAt(backing, "changeId");
  return {
    key: number(device, "key"),
    label: textAt(device, "deviceInfo", "label") ?? "",
    sizeBytes: number(device, "capacityInBytes") || number(device, "capacityInKB") * 1024,
    controllerType,
    controller: CONTROLLERS[controllerType] ?? "unknown",
    bus: number(controller, "busNumber"),
    unit: number(device, "unitNumber"),
    backing: type.replace(/^Virtual/, "").replace(/BackingInfo$/, ""),
    file: textAt(backing, "fileName") ?? "",
    mode: textAt(backing, "diskMode") ?? "",
    parents: parentsOf(backing),
    raw: /RawDisk|DiskPartition/.test(type),
    encrypted: child(backing, "keyId") !== undefined,
    shared: textAt(backing, "sharing") === "sharingMultiWriter" ||
      !["", "noSharing"].includes(textAt(controller, "sharedBus") ?? ""),
    ...(uuid === undefined ? {} : { uuid }),
    ...(changeId === undefined ? {} : { changeId }),
  };
}

/** Most disks that one may stand on; VMware allows 32 snapshots. */
const MAX_PARENTS = 64;

function parentsOf(backing: XmlNode | undefined): string[] {
  const parents: string[] = [];
  for (let at = child(backing, "parent"); at !== undefined; at = child(at, "parent")) {
    parents.push(textAt(at, "fileName") ?? "");
    if (parents.length === MAX_PARENTS) break;
  }
  return parents;
}

/** Every network card; `portGroups` names the port groups of distributed switches by key. */
export function nicsOf(devices: readonly XmlNode[], portGroups: ReadonlyMap<string, string>): VmNic[] {
  // Every kind of card has a MAC address, and nothing else has one.
  return devices.filter((device) => child(device, "macAddress") !== undefined).map((device) => {
    const backing = child(device, "backing");
    const group = textAt(backing, "port", "portgroupKey");
    return {
      mac: (textAt(device, "macAddress") ?? "").toLowerCase(),
      model: typeOf(device).replace(/^Virtual/, "").toLowerCase(),
      network: textAt(backing, "deviceName") ?? (group === undefined ? "" : portGroups.get(group) ?? group),
    };
  });
}

/** Devices of the host that the machine has for itself. */
export function passthroughOf(devices: readonly XmlNode[]): string[] {
  return devices.filter((device) => /^Virtual(PCIPassthrough|USB|SCSIPassthrough)$/.test(typeOf(device))).map(
    (device) => textAt(device, "deviceInfo", "label") || typeOf(device),
  );
}

/** Whether there is a TPM. */
export function hasTpm(devices: readonly XmlNode[]): boolean {
  return devices.some((device) => typeOf(device) === "VirtualTPM");
}

/** The tree of snapshots below a list of `VirtualMachineSnapshotTree`. */
export function snapshotsOf(nodes: readonly XmlNode[]): VmSnapshot[] {
  return nodes.map((node) => ({
    id: asReference(child(node, "snapshot")!).id,
    name: textAt(node, "name") ?? "",
    createdAt: textAt(node, "createTime") ?? "",
    children: snapshotsOf(childrenOf(node, "childSnapshotList")),
  }));
}

function number(node: XmlNode | undefined, name: string): number {
  return Number(textAt(node, name) ?? 0);
}
