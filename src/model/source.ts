/**
 * What discovery found: the disks, and whatever is known of the machine around them.
 *
 * @module
 */
import type { Concern } from "./concern.ts";
import type { Digest } from "./digest.ts";
import type { SourceDisk } from "./disk.ts";

/** Firmware of a machine. */
export type Firmware = "bios" | "uefi" | "uefi-secure-boot";

/** One network card. */
export interface Nic {
  /** MAC address, lower case, colons. */
  readonly mac: string;
  /** Where the address comes from: `generated` when neither the source nor the guest nor an option names one. */
  readonly macOrigin: "source" | "guest" | "generated" | "option";
  /** Name of the network or port group it was on. */
  readonly network?: string;
  /** Model in the source VM, such as `vmxnet3`. */
  readonly model?: string;
  /** The interface name that the guest's configuration uses for it. */
  readonly guestName?: string;
}

/** What is known of the virtual machine; every member may be unknown. */
export interface Machine {
  /** Number of virtual CPUs. */
  readonly cpus?: number;
  /** Cores of each socket, where it is not one socket with all CPUs. */
  readonly coresPerSocket?: number;
  /** UUID, lower case with hyphens. */
  readonly uuid?: string;
  /** Memory in bytes. */
  readonly memoryBytes?: number;
  /** Firmware. */
  readonly firmware?: Firmware;
  /** Whether it has a TPM. */
  readonly tpm?: boolean;
  /** Network cards in order. */
  readonly nics: readonly Nic[];
  /** Guest OS as the source names it. */
  readonly osHint?: string;
}

/** One virtual machine, ready for the pipeline. */
export interface DiscoveredSource {
  /** The input kind that read it, such as `vmdk`. */
  readonly kind: string;
  /** What the user named. */
  readonly location: string;
  /** Name of the VM: also the name of its outputs. */
  readonly name: string;
  /** Disks in boot order; at least one. */
  readonly disks: readonly SourceDisk[];
  /** The machine around them. */
  readonly machine: Machine;
  /** What a person should know of the input. */
  readonly concerns?: readonly Concern[];
  /** What files must hash to before their contents are used. */
  readonly digests?: readonly Digest[];
}
