/**
 * The machines of a vCenter or ESXi host: all of them in a few calls, details of those that are asked for.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import type { Firmware } from "../../model/source.ts";
import { disksOf, hasTpm, nicsOf, passthroughOf, snapshotsOf } from "./machines/hardware.ts";
import { collect, collectAll, type ObjectProperties } from "./properties.ts";
import type { VsphereSession } from "./session.ts";
import { asReference } from "./soap.ts";
import type { VmDetails, VmSummary } from "./machines/vm.ts";
import { childrenOf, textAt } from "./xml.ts";

/** What holds machines, or names them. */
const PLACES = {
  Folder: ["name", "parent"],
  Datacenter: ["name", "parent"],
  HostSystem: ["name"],
  DistributedVirtualPortgroup: ["name"],
} as const;

const SUMMARY = [
  "name",
  "parent",
  "parentVApp",
  "runtime.powerState",
  "runtime.host",
  "summary.config.template",
  "summary.config.numCpu",
  "summary.config.memorySizeMB",
  "summary.config.numVirtualDisks",
  "summary.config.guestFullName",
  "summary.storage.committed",
] as const;

const DETAILS = [
  "config.uuid",
  "config.version",
  "config.firmware",
  "config.bootOptions",
  "config.keyId",
  "config.changeTrackingEnabled",
  "config.guestId",
  "config.hardware.device",
  "guest.toolsRunningStatus",
  "runtime.consolidationNeeded",
  "snapshot",
] as const;

/** Machines whose details come in one call: each has some 20 KB. */
const DETAILS_AT_ONCE = 50;

/** The machines of a server, and what was read around them. */
export interface Inventory {
  /** Machines by path. */
  readonly vms: readonly VmSummary[];
  /** Names of the port groups of distributed switches, by key. */
  readonly portGroups: ReadonlyMap<string, string>;
}

/** Reads the machines of a server. */
export async function readInventory(session: VsphereSession): Promise<Inventory> {
  const objects = await collectAll(session, { ...PLACES, VirtualMachine: SUMMARY });
  const byId = new Map(objects.map((one) => [one.object.id, one]));
  const vms = objects.filter((one) =>
    one.object.type === "VirtualMachine" && one.values["name"] !== undefined
  )
    .map((one) => asSummary(one, byId)).sort((one, other) => one.path < other.path ? -1 : 1);
  const groups = objects.filter((one) => one.object.type === "DistributedVirtualPortgroup");
  return { vms, portGroups: new Map(groups.map((one) => [one.object.id, nameOf(one)])) };
}

/** Reads all that is known of some machines; they come in the order given. */
export async function readDetails(
  session: VsphereSession,
  inventory: Inventory,
  vms: readonly VmSummary[],
): Promise<VmDetails[]> {
  const details: VmDetails[] = [];
  for (let at = 0; at < vms.length; at += DETAILS_AT_ONCE) {
    const some = vms.slice(at, at + DETAILS_AT_ONCE);
    const objects = await collect(session, some.map(({ id }) => ({ type: "VirtualMachine", id })), DETAILS);
    const byId = new Map(objects.map((one) => [one.object.id, one]));
    for (const vm of some) details.push(asDetails(vm, byId.get(vm.id), inventory.portGroups));
  }
  return details;
}

function text({ values }: ObjectProperties, path: string): string {
  return values[path]?.text.trim() ?? "";
}

/** Names come with `%`, `/` and `\` encoded. */
function nameOf(object: ObjectProperties): string {
  return text(object, "name").replaceAll(/%(25|2f|5c)/gi, (code) => decodeURIComponent(code));
}

/** The object's parents from the root folder down, without the root folder. */
function parentsOf(
  object: ObjectProperties,
  byId: ReadonlyMap<string, ObjectProperties>,
): ObjectProperties[] {
  const parents: ObjectProperties[] = [];
  // A tree has no circles; the limit is for a server that is out of its mind.
  for (let at = object; parents.length < 100;) {
    const reference = at.values["parent"] ?? at.values["parentVApp"];
    const parent = reference === undefined ? undefined : byId.get(asReference(reference).id);
    if (parent === undefined) break;
    parents.unshift(parent);
    at = parent;
  }
  return parents;
}

const POWER: Readonly<Record<string, VmSummary["power"]>> = {
  poweredOn: "on",
  poweredOff: "off",
  suspended: "suspended",
};

function asSummary(vm: ObjectProperties, byId: ReadonlyMap<string, ObjectProperties>): VmSummary {
  const parents = parentsOf(vm, byId);
  const datacenter = parents.findIndex((one) => one.object.type === "Datacenter");
  const host = vm.values["runtime.host"];
  const hostObject = host === undefined ? undefined : byId.get(asReference(host).id);
  const storage = text(vm, "summary.storage.committed");
  return {
    id: vm.object.id,
    name: nameOf(vm),
    path: `/${[...parents, vm].map(nameOf).join("/")}`,
    datacenter: parents.slice(0, datacenter + 1).map(nameOf).join("/"),
    host: hostObject === undefined ? "" : nameOf(hostObject),
    power: POWER[text(vm, "runtime.powerState")] ?? "unknown",
    template: text(vm, "summary.config.template") === "true",
    cpus: Number(text(vm, "summary.config.numCpu")),
    memoryBytes: Number(text(vm, "summary.config.memorySizeMB")) * 1024 ** 2,
    diskCount: Number(text(vm, "summary.config.numVirtualDisks")),
    ...(storage === "" ? {} : { storageBytes: Number(storage) }),
    os: text(vm, "summary.config.guestFullName"),
  };
}

function asDetails(
  vm: VmSummary,
  object: ObjectProperties | undefined,
  portGroups: ReadonlyMap<string, string>,
): VmDetails {
  const list = object?.values["config.hardware.device"];
  if (object === undefined || list === undefined) {
    throw new MigrateError(
      "source/unsupported",
      `Cannot read ${vm.name}: the server does not show its hardware.`,
      {
        hint:
          "Check that the VM is not inaccessible or orphaned, and that the user has the role Read-only on it.",
      },
    );
  }
  const devices = list.children;
  return {
    ...vm,
    uuid: text(object, "config.uuid"),
    hardware: text(object, "config.version"),
    firmware: firmwareOf(object),
    tpm: hasTpm(devices),
    encrypted: object.values["config.keyId"] !== undefined,
    consolidationNeeded: text(object, "runtime.consolidationNeeded") === "true",
    changeTracking: text(object, "config.changeTrackingEnabled") === "true",
    guestId: text(object, "config.guestId"),
    tools: text(object, "guest.toolsRunningStatus"),
    disks: disksOf(devices),
    nics: nicsOf(devices, portGroups),
    snapshots: snapshotsOf(childrenOf(object.values["snapshot"], "rootSnapshotList")),
    passthrough: passthroughOf(devices),
  };
}

function firmwareOf(object: ObjectProperties): Firmware {
  if (text(object, "config.firmware") !== "efi") return "bios";
  const secure = textAt(object.values["config.bootOptions"], "efiSecureBootEnabled") === "true";
  return secure ? "uefi-secure-boot" : "uefi";
}
