/**
 * A virtual machine of vSphere as plain values.
 *
 * @module
 */
import type { DiskController } from "../../../model/disk.ts";
import type { Firmware, Machine } from "../../../model/source.ts";

/** What `list` shows. */
export interface VmSummary {
  /** Managed object id, such as `vm-42`. */
  readonly id: string;
  /** Name. */
  readonly name: string;
  /** Inventory path, such as `/DC0/vm/shop/web-01`. */
  readonly path: string;
  /** Name of the datacenter as downloads need it: its path below the root folder. */
  readonly datacenter: string;
  /** Name of the host that it runs on. */
  readonly host: string;
  /** Whether it is on. */
  readonly power: "on" | "off" | "suspended" | "unknown";
  /** Whether it is a template. */
  readonly template: boolean;
  /** Number of virtual CPUs. */
  readonly cpus: number;
  /** Memory in bytes. */
  readonly memoryBytes: number;
  /** Number of disks. */
  readonly diskCount: number;
  /** Bytes that it takes on storage; absent when the server does not say. */
  readonly storageBytes?: number;
  /** Guest OS in words. */
  readonly os: string;
}

/** One disk of a machine. */
export interface VmDisk {
  /** Device key. */
  readonly key: number;
  /** Such as "Hard disk 1". */
  readonly label: string;
  /** Size that the guest sees, in bytes. */
  readonly sizeBytes: number;
  /** The controller as vSphere names its type: `ParaVirtualSCSIController`. */
  readonly controllerType: string;
  /** What kind of controller that is. */
  readonly controller: DiskController;
  /** Number of the controller's bus. */
  readonly bus: number;
  /** Unit on the controller. */
  readonly unit: number;
  /** Backing as vSphere names its type, without `Virtual` and `BackingInfo`: `DiskFlatVer2`. */
  readonly backing: string;
  /** Descriptor as `[datastore] folder/file.vmdk`; empty when it has none. */
  readonly file: string;
  /** Mode, such as `persistent` or `independent_persistent`. */
  readonly mode: string;
  /** What it stands on, after a snapshot or as a linked clone: descriptors down to the base. */
  readonly parents: readonly string[];
  /** Whether it is a raw device of the storage. */
  readonly raw: boolean;
  /** Whether its file is encrypted. */
  readonly encrypted: boolean;
  /** Whether other machines may have it open, too. */
  readonly shared: boolean;
  /** UUID of the disk. */
  readonly uuid?: string;
  /** Where change tracking stands. */
  readonly changeId?: string;
}

/** One network card of a machine. */
export interface VmNic {
  /** MAC address, lower case. */
  readonly mac: string;
  /** Model, such as `vmxnet3`. */
  readonly model: string;
  /** Network or port group; empty when it is not known. */
  readonly network: string;
}

/** One snapshot and those taken after it. */
export interface VmSnapshot {
  /** Managed object id. */
  readonly id: string;
  /** Name. */
  readonly name: string;
  /** When it was taken, as the server writes it. */
  readonly createdAt: string;
  /** Snapshots taken after it. */
  readonly children: readonly VmSnapshot[];
}

/** What `show` shows. */
export interface VmDetails extends VmSummary {
  /** UUID of the machine's BIOS. */
  readonly uuid: string;
  /** Virtual hardware version, such as `vmx-19`. */
  readonly hardware: string;
  /** Firmware. */
  readonly firmware: Firmware;
  /** Whether it has a TPM. */
  readonly tpm: boolean;
  /** Whether its home is encrypted. */
  readonly encrypted: boolean;
  /** Whether a snapshot that was removed has left disks behind. */
  readonly consolidationNeeded: boolean;
  /** Whether changes of its disks are tracked. */
  readonly changeTracking: boolean;
  /** vSphere's id of the guest OS, such as `debian12_64Guest`. */
  readonly guestId: string;
  /** State of VMware Tools. */
  readonly tools: string;
  /** Disks in the order of their controllers and units. */
  readonly disks: readonly VmDisk[];
  /** Network cards in order. */
  readonly nics: readonly VmNic[];
  /** Snapshots, oldest first. */
  readonly snapshots: readonly VmSnapshot[];
  /** Devices of the host that are passed through. */
  readonly passthrough: readonly string[];
}

/** The machine for the pipeline. */
export function machineOf(vm: VmDetails): Machine {
  return {
    ...(vm.cpus > 0 ? { cpus: vm.cpus } : {}),
    ...(vm.memoryBytes > 0 ? { memoryBytes: vm.memoryBytes } : {}),
    firmware: vm.firmware,
    tpm: vm.tpm,
    nics: vm.nics.map(({ mac, network, model }) => ({
      mac,
      macOrigin: "source" as const,
      model,
      ...(network === "" ? {} : { network }),
    })),
    ...(vm.os === "" ? {} : { osHint: vm.os }),
  };
}

/** Where a disk sat, for the pipeline. */
export function placeOf(disk: VmDisk): { readonly controller: DiskController; readonly slot: number } {
  return { controller: disk.controller, slot: disk.unit };
}
