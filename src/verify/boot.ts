/**
 * The boot proof: starts the outputs as a KVM guest, on throw-away overlays and an isolated network, and
 * watches until the guest is up, has failed, or the time is over.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import type { DiskFormat } from "../model/disk.ts";
import { cancelled } from "../model/error.ts";
import type { EventSink } from "../model/event.ts";
import type { BootProof } from "../model/proof.ts";
import type { Firmware } from "../model/source.ts";
import type { Accelerator } from "../run/context.ts";
import type { ExpectedView } from "./inside_report.ts";
import type { KeptDomain } from "./libvirt/keep_domain.ts";
import { Proof } from "./proof.ts";
import type { DiskBus, GuestPlan, ProofGuest, ProofNic } from "./proof_guest.ts";
import { QemuGuest } from "./qemu_guest.ts";
import { machineFolder } from "./qemu_process.ts";

/** What to boot, and how to judge it. */
export interface BootOptions {
  /** Name of the VM. */
  readonly vm: string;
  /** The outputs in boot order; never written. */
  readonly disks: readonly { readonly path: string; readonly format: DiskFormat }[];
  /** Throw-away qcow2 overlays on the outputs, used instead of new ones; left to their maker. */
  readonly overlays?: readonly string[];
  /** Where the disks sit (default: virtio). */
  readonly bus?: DiskBus;
  /** Firmware of the machine. */
  readonly firmware: Firmware;
  /** The family of the system (default: unknown). */
  readonly osType?: GuestPlan["osType"];
  /** Network cards. */
  readonly nics: readonly ProofNic[];
  /** Memory in MiB; held between 512 and 4096 for the proof (default: 2048). */
  readonly memoryMiB?: number;
  /** Virtual CPUs; held to what the host has, and to 8 (default: 2). */
  readonly cpus?: number;
  /** What runs the guest. */
  readonly accelerator: Accelerator;
  /** URI of a libvirt on this host that runs the guest; without it qemu does. */
  readonly uri?: string;
  /** When to give up, in milliseconds (default: 120 s under KVM, 600 s under TCG). */
  readonly timeoutMs?: number;
  /** Folder that receives the serial log, the log of qemu and the screenshots; made when it does not exist. */
  readonly evidenceDir: string;
  /** Folder for throw-away files. */
  readonly workDir: string;
  /** Passphrases for a guest that asks on its console for that of a disk, in the order in which they are tried. */
  readonly passphrases?: readonly string[];
  /** What the inside view must show. Set it, if only to `{}`, when the overlays hold the inside view's unit. */
  readonly expected?: ExpectedView;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Receives milestones and signs of life. */
  readonly emit: EventSink;
}

/**
 * Boots the disks and says what became of it. The outputs are read only; the machine and every throw-away file
 * are gone when this returns or throws.
 *
 * @throws {MigrateError} `run/cancelled`, `tool/missing`, `tool/failed` when qemu does not start,
 * `libvirt/failed` when libvirt does not start it
 */
export async function proveBoot(options: BootOptions): Promise<BootProof> {
  if (options.signal.aborted) throw cancelled("prove");
  await Deno.mkdir(options.evidenceDir, { recursive: true });
  const folder = await machineFolder(options.workDir);
  try {
    const { accelerator, uri, emit, vm } = options;
    const by = uri === undefined ? accelerator.toUpperCase() : `${accelerator.toUpperCase()} by ${uri}`;
    emit({ type: "activity", vm, stage: "prove", message: `Starting the guest under ${by}.` });
    await using guest = await startGuest(guestPlan(options), options, folder);
    return await new Proof(options, guest, (name) => evidence(options, name)).run();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** How a machine that was proved is kept. */
export interface KeepOptions extends BootOptions {
  /** The libvirt that runs it. */
  readonly uri: string;
  /** Whether it gets a screen. */
  readonly graphics: boolean;
}

/**
 * The same as {@linkcode proveBoot}, whose machine then stays in libvirt, whatever the verdict.
 *
 * @throws {MigrateError} also `usage/output-exists` when it cannot have its name
 */
export async function proveAndKeep(
  options: KeepOptions,
): Promise<{ readonly proof: BootProof; readonly kept: KeptDomain }> {
  const { keepDomain, makeRoom } = await import("./libvirt/keep_domain.ts");
  const { uri, graphics, signal } = options;
  const overlay = (number: number): string => evidence(options, `kept-${number}.qcow2`);
  const request = { plan: guestPlan(options), uri, graphics, signal, overlay };
  await makeRoom(request);
  const proof = await proveBoot(options);
  return { proof, kept: await keepDomain(request) };
}

/** Whoever runs the machine. */
async function startGuest(
  plan: GuestPlan,
  { uri, signal }: BootOptions,
  folder: string,
): Promise<ProofGuest> {
  if (uri === undefined) return await QemuGuest.start(plan, folder, signal);
  const { LibvirtGuest } = await import("./libvirt/guest.ts");
  return await LibvirtGuest.start(plan, uri, folder, signal);
}

/** The machine, held to what a proof needs and the host has. */
function guestPlan(options: BootOptions): GuestPlan {
  const { vm, disks, overlays, firmware, accelerator, nics, bus = "virtio", osType = "unknown" } = options;
  return {
    ...{ name: vm, disks, bus, firmware, osType, accelerator, nics },
    ...(overlays === undefined ? {} : { overlays }),
    memoryMiB: Math.min(Math.max(Math.ceil(options.memoryMiB ?? 2_048), 512), 4_096),
    cpus: Math.max(1, Math.min(options.cpus ?? 2, navigator.hardwareConcurrency, 8)),
    serialLog: evidence(options, "serial.log"),
    qemuLog: evidence(options, "qemu.log"),
  };
}

/** Path of a file of evidence; the name of a VM may hold a slash. */
function evidence({ evidenceDir, vm }: BootOptions, name: string): string {
  return join(resolve(evidenceDir), `${vm.replaceAll(/[/\0]/g, "_") || "guest"}-${name}`);
}
