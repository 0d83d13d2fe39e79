/**
 * The hardware of one virtual machine in an OVF envelope: what the standard says, and what VMware and
 * VirtualBox add to it.
 *
 * Format: DMTF DSP0243, section 8 and "Virtual hardware section"; CIM_ResourceAllocationSettingData for the
 * numbers of resource types. VMware's additions are in its namespace `http://www.vmware.com/schema/ovf`,
 * VirtualBox's are its own machine file in `http://www.virtualbox.org/ovf/machine`.
 *
 * @module
 */
import type { DiskController } from "../../model/disk.ts";
import type { Firmware, Machine, Nic } from "../../model/source.ts";
import { bootOrder, type Place } from "../machine/drive_order.ts";
import { vbox, type VirtualBoxMachine } from "./virtualbox.ts";
import { sizeInUnits } from "./units.ts";
import { macAddress } from "../machine/mac_address.ts";
import { attribute, child, children, type XmlNode } from "../parse/xml.ts";

/** A hard disk of a machine. */
export interface OvfDrive extends Place {
  /** What it holds: a disk or a file of the envelope, by id; null when it names nothing. */
  readonly holds: { readonly kind: "disk" | "file"; readonly id: string } | null;
}

/** What the hardware section says. */
export type OvfHardware = Machine & { readonly drives: readonly OvfDrive[] };

/** CIM resource types in use. */
const CPU = "3",
  MEMORY = "4",
  IDE = "5",
  SCSI = "6",
  ETHERNET = "10",
  DISK = "17",
  STORAGE = "20",
  OTHER = "1";

/** One item, its values by local name. */
interface Item {
  readonly values: ReadonlyMap<string, string>;
  readonly type: string;
  readonly id: string;
}

/** The deployment configuration that applies when nobody chooses one (DSP0243, "Deployment option section"). */
export function defaultConfiguration(envelope: XmlNode): string | undefined {
  const all = children(child(envelope, "DeploymentOptionSection"), "Configuration");
  const chosen = all.find((one) => ["true", "1"].includes(attribute(one, "default") ?? "")) ?? all[0];
  return chosen && attribute(chosen, "id");
}

/** Reads the hardware of a `VirtualSystem` under a deployment configuration. */
export function ovfHardware(system: XmlNode, configuration?: string): OvfHardware {
  const section = child(system, "VirtualHardwareSection");
  const items = itemsOf(section, configuration);
  const settings = vmwareSettings(section);
  const machine = vbox(child(system, "Machine"));
  const quantity = (type: string): Item | undefined => items.find((item) => item.type === type);
  const cpus = Number(quantity(CPU)?.values.get("VirtualQuantity") ?? NaN);
  const memory = quantity(MEMORY)?.values;
  const memoryBytes = sizeInUnits(
    memory?.get("VirtualQuantity"),
    memory?.get("AllocationUnits") ?? "MegaBytes",
  );
  const firmware = firmwareOf(settings) ?? machine.firmware;
  const isTpm = (item: Item): boolean =>
    item.type === OTHER && item.values.get("ResourceSubType")?.toLowerCase() === "vmware.vtpm";
  const tpm = items.some(isTpm) || machine.tpm;
  return {
    ...(Number.isInteger(cpus) && cpus > 0 ? { cpus } : {}),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(firmware === undefined ? {} : { firmware }),
    ...(tpm ? { tpm } : {}),
    nics: nicsOf(items, machine),
    drives: drivesOf(items, settings, bootItem(system)),
  };
}

function itemsOf(section: XmlNode | undefined, configuration: string | undefined): Item[] {
  const found = new Map<string, Item>();
  const nodes = section?.children.filter((one) => /^(Item|StorageItem|EthernetPortItem)$/.test(one.name)) ??
    [];
  for (const [index, node] of nodes.entries()) {
    if (attribute(node, "bound") !== undefined) continue; // a limit of another item
    const only = attribute(node, "configuration")?.split(/\s+/);
    if (only !== undefined && (configuration === undefined || !only.includes(configuration))) continue;
    const values = new Map(node.children.map((one) => [one.name, one.text]));
    const id = values.get("InstanceID") ?? `#${index}`;
    // An item for this configuration takes the place of the one for all.
    found.set(id, { values, type: values.get("ResourceType") ?? "", id });
  }
  return [...found.values()];
}

/** VMware's settings, `Config` and `ExtraConfig` alike, by lower-case key. */
function vmwareSettings(section: XmlNode | undefined): ReadonlyMap<string, string> {
  const nodes = section?.children.filter((one) => one.name === "Config" || one.name === "ExtraConfig") ?? [];
  return new Map(
    nodes.map((node) => [attribute(node, "key")?.toLowerCase() ?? "", attribute(node, "value") ?? ""]),
  );
}

function firmwareOf(settings: ReadonlyMap<string, string>): Firmware | undefined {
  const firmware = settings.get("firmware")?.toLowerCase();
  if (firmware === "bios") return "bios";
  if (firmware !== "efi") return undefined;
  const secure = settings.get("bootoptions.efisecurebootenabled") ?? settings.get("uefi.secureboot.enabled");
  return secure?.toLowerCase() === "true" ? "uefi-secure-boot" : "uefi";
}

/** The item that VMware's boot order section names first among disks. */
function bootItem(system: XmlNode): string | undefined {
  const section = children(system, "BootOrderSection").find((one) => attribute(one, "type") === "disk");
  return section && attribute(section, "instanceId");
}

function nicsOf(items: readonly Item[], { adapters }: VirtualBoxMachine): Nic[] {
  return items.filter((item) => item.type === ETHERNET).map(({ values }, index) => {
    const mac = macAddress(values.get("Address")) ?? adapters[index]?.mac;
    const network = values.get("Connection");
    const model = values.get("ResourceSubType")?.split(/[\s,]/)[0]?.toLowerCase();
    return {
      mac: mac ?? "",
      macOrigin: mac === undefined ? "generated" : "source",
      ...(network === undefined || network === "" ? {} : { network }),
      ...(model === undefined || model === "" ? {} : { model }),
    };
  });
}

function drivesOf(
  items: readonly Item[],
  settings: ReadonlyMap<string, string>,
  bootsFrom: string | undefined,
): OvfDrive[] {
  const controllers = controllersOf(items);
  const drives = items.filter((item) => item.type === DISK).map((item) => {
    const parent = controllers.get(item.values.get("Parent") ?? "");
    return {
      controller: parent?.kind ?? "unknown" as const,
      controllerNumber: parent?.number ?? 0,
      slot: Number(item.values.get("AddressOnParent") ?? 0) || 0,
      boots: item.id === bootsFrom,
      holds: held(item.values.get("HostResource")),
    };
  });
  return bootOrder(drives, settings.get("bios.hddorder")).map(({ boots: _boots, ...drive }) => drive);
}

/** `ovf:/disk/ID`, `/disk/ID` or `ovf:/file/ID`. */
function held(resource: string | undefined): OvfDrive["holds"] {
  const [, kind, id] = /^(?:ovf:)?\/?(disk|file)\/(.+)$/.exec(resource ?? "") ?? [];
  return id === undefined ? null : { kind: kind === "file" ? "file" : "disk", id };
}

/** A controller and which of its kind it is. */
interface Controller {
  readonly kind: DiskController;
  readonly number: number;
}

function controllersOf(items: readonly Item[]): ReadonlyMap<string, Controller> {
  const counts = new Map<DiskController, number>();
  const controllers = new Map<string, Controller>();
  for (const { id, type, values } of items) {
    const kind = controllerKind(type, values.get("ResourceSubType") ?? "");
    if (kind === null) continue;
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    controllers.set(id, { kind, number: count });
  }
  return controllers;
}

function controllerKind(type: string, subtype: string): DiskController | null {
  if (type === IDE) return "ide";
  if (type === SCSI) return "scsi";
  if (type !== STORAGE) return null;
  if (/nvme/i.test(subtype)) return "nvme";
  if (/virtio/i.test(subtype)) return "virtio";
  return /ahci|sata/i.test(subtype) ? "sata" : "unknown";
}
