/**
 * The seam between the boot proof and what runs the machine: qemu itself, or libvirt.
 *
 * @module
 */
import type { DiskFormat } from "../model/disk.ts";
import type { Firmware } from "../model/source.ts";
import type { Accelerator } from "../run/context.ts";

/** How a machine ended by itself. */
export interface GuestEnd {
  /** What the guest did, one phrase; undefined when what runs it has failed. */
  readonly reason?: string;
  /** The failure, for the error. */
  readonly failure?: string;
}

/** What disks have moved since the start, in bytes. */
export interface DiskActivity {
  /** Read by the guest. */
  readonly readBytes: number;
  /** Written by the guest. */
  readonly writtenBytes: number;
}

/** A machine that boots; disposing of it ends the machine and removes what was made for it. */
export interface ProofGuest extends AsyncDisposable {
  /** File that holds the text of the serial console. */
  readonly serialLog: string;
  /** New text of the serial console. */
  readConsole(): Promise<string>;
  /** Types on the serial console. */
  type(text: string): Promise<void>;
  /** New text of the ports that the inside view comes through. */
  readView(): Promise<string>;
  /** Settles when the machine has ended by itself. */
  ended(): Promise<GuestEnd>;
  /**
   * Writes what the screen shows to a PNG file.
   *
   * @throws {MigrateError} `tool/failed` when that cannot be
   */
  screenshot(path: string): Promise<void>;
  /** What the disks have moved, summed up; undefined when it cannot be told now. */
  diskActivity(): Promise<DiskActivity | undefined>;
  /** Puts what qemu has said so far into its log of the evidence; the file, undefined when it cannot be told. */
  keepLog(): Promise<string | undefined>;
  /** The guest agent's answer to a command, undefined while no agent answers. */
  askAgent(command: string): Promise<unknown>;
}

/** One image that a machine boots from; it is written to, so it must be a throw-away overlay. */
export interface ProofDisk {
  /** Absolute path. */
  readonly path: string;
  /** Format by qemu's name. */
  readonly format: string;
}

/** One network card. */
export interface ProofNic {
  /** MAC address. */
  readonly mac: string;
  /** The model that the guest sees (default: virtio). */
  readonly targetModel?: "virtio" | "e1000e";
}

/** The controller that the disks sit on. */
export type DiskBus = "virtio" | "scsi" | "sata" | "ide";

/** A machine to be run: without the files that are made for it. */
export interface GuestPlan {
  /** Name of the VM. */
  readonly name: string;
  /** Images in boot order; never written. */
  readonly disks: readonly { readonly path: string; readonly format: DiskFormat }[];
  /** Overlays on the images that are ready; they are written, and left to their maker. */
  readonly overlays?: readonly string[];
  /** Where the disks sit. */
  readonly bus: DiskBus;
  /** Firmware. */
  readonly firmware: Firmware;
  /** The family of the system. */
  readonly osType: "linux" | "windows" | "unknown";
  /** What runs the guest. */
  readonly accelerator: Accelerator;
  /** Memory in MiB. */
  readonly memoryMiB: number;
  /** Virtual CPUs. */
  readonly cpus: number;
  /** Network cards. */
  readonly nics: readonly ProofNic[];
  /** File that receives the first serial console. */
  readonly serialLog: string;
  /** File that receives what qemu was started with, and what it said. */
  readonly qemuLog: string;
}

/** Name of the virtio port that the inside view comes through. */
export const VIEW_PORT = "org.hyper2kvm.proof.0";
/** Name of the guest agent's virtio port. */
export const AGENT_PORT = "org.qemu.guest_agent.0";
