/**
 * The machine on KVM as a plain value: what `target.ts` makes from the source and the guest, and what
 * `domain_xml.ts` writes down.
 *
 * @module
 */
import type { DiskFormat } from "../model/disk.ts";
import type { Firmware, Nic } from "../model/source.ts";

/** The bus that a disk of the target is on. */
export type TargetBus = "virtio" | "scsi" | "sata";

/** One disk, in boot order. */
export interface TargetDisk {
  /** Absolute path on the host that runs the machine. */
  readonly path: string;
  /** Image format. */
  readonly format: DiskFormat;
  /** Whether the path is a block device. */
  readonly isDevice?: boolean;
  /** Bus; `scsi` is virtio-scsi. */
  readonly bus: TargetBus;
}

/** What a network card is plugged into. */
export interface NicAttachment {
  /** A virtual network of libvirt, or a bridge of the host. */
  readonly kind: "network" | "bridge";
  /** Its name. */
  readonly name: string;
}

/** One network card: that of the source, with its address, in new hardware. */
export interface TargetNic extends Nic {
  /** What it is plugged into. */
  readonly attachment: NicAttachment;
  /** The model that the guest sees. */
  readonly targetModel: "virtio" | "e1000e";
}

/** One machine. */
export interface TargetMachine {
  /** Name of the domain. */
  readonly name: string;
  /** UUID; libvirt makes one when it is missing. */
  readonly uuid?: string;
  /** What it was made from, for people. */
  readonly description?: string;
  /** libosinfo's name of the system, such as `http://debian.org/debian/12`. */
  readonly osId?: string;
  /** The family, for what differs between them (clock, enlightenments). */
  readonly osType: "linux" | "windows" | "unknown";
  /** Memory in bytes. */
  readonly memoryBytes: number;
  /** Virtual CPUs. */
  readonly cpus: number;
  /** Cores of each socket (default: all CPUs are cores of one). */
  readonly coresPerSocket?: number;
  /** `host-model` (the default), `host-passthrough`, or a model that libvirt knows by name. */
  readonly cpuModel?: string;
  /** Firmware. */
  readonly firmware: Firmware;
  /** Whether it has an emulated TPM 2.0. */
  readonly tpm: boolean;
  /** Disks in boot order; the first one boots. */
  readonly disks: readonly TargetDisk[];
  /** Absolute path of an ISO image in its CD drive. */
  readonly cdrom?: string;
  /** Network cards in order. */
  readonly nics: readonly TargetNic[];
  /** `qemu` is emulation. */
  readonly accelerator: "kvm" | "qemu";
  /** `vnc` listens on 127.0.0.1 only; `none` leaves the serial console. */
  readonly graphics: "vnc" | "none";
}
