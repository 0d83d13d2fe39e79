/**
 * From what was found to the machine on KVM: the one that was there, on new hardware.
 *
 * @module
 */
import type { Concern } from "../model/concern.ts";
import type { OutputDisk } from "../model/disk.ts";
import type { Guest } from "../model/guest.ts";
import type { DiscoveredSource, Firmware, Nic } from "../model/source.ts";
import { osId } from "./os_id.ts";
import type { NicAttachment, TargetBus, TargetDisk, TargetMachine, TargetNic } from "./target_machine.ts";

/** For a source that does not say how many CPUs it has: enough to boot quickly under emulation too. */
export const DEFAULT_CPUS = 2;
/** For a source that does not say how much memory it has, in bytes. */
export const DEFAULT_MEMORY_BYTES = 2 * 1024 ** 3;
/** More virtio-blk disks than this would need a PCIe port each; they go on one virtio-scsi controller. */
export const MAX_VIRTIO_BLK = 20;

/** What a machine needs to boot at all. */
export interface BootDefaults {
  /** Virtual CPUs. */
  readonly cpus: number;
  /** Cores of each socket, where the source says so. */
  readonly coresPerSocket?: number;
  /** Memory in bytes. */
  readonly memoryBytes: number;
  /** Firmware. */
  readonly firmware: Firmware;
}

/** What {@linkcode targetMachine} takes. */
export interface TargetRequest {
  /** The machine as it was. */
  readonly source: DiscoveredSource;
  /** The system on its disks, when it is known. */
  readonly guest?: Guest;
  /** Network cards in order, with the addresses that they keep. */
  readonly nics: readonly Nic[];
  /** The finished disks, in boot order. */
  readonly outputs: readonly Pick<OutputDisk, "path" | "format" | "isDevice">[];
  /** What the host that runs the machine has. */
  readonly accelerator: "kvm" | "tcg";
  /** Where cards go, by MAC address or by the name of the source's network. */
  readonly networks?: Readonly<Record<string, NicAttachment>>;
  /** Where all other cards go (default: libvirt's network `default`). */
  readonly defaultNetwork?: NicAttachment;
  /** Absolute path of an ISO image for its CD drive. */
  readonly cdrom?: string;
  /** Whether it keeps the source's UUID (default: libvirt makes one). */
  readonly keepUuid?: boolean;
  /** `host-model` (the default), `host-passthrough`, or a model that libvirt knows by name. */
  readonly cpuModel?: string;
  /** virtio-blk or virtio-scsi (default: by the number of disks). */
  readonly diskBus?: "virtio" | "scsi";
  /** `bootstrap` (the default): devices that Windows has drivers for; `final`: virtio. */
  readonly windowsStage?: "bootstrap" | "final";
  /** Whether it gets a screen (default: yes). */
  readonly graphics?: boolean;
}

/** A machine, and what a person should know of how it came about. */
export interface Target {
  /** The machine. */
  readonly machine: TargetMachine;
  /** Defaults that were taken, and differences. */
  readonly concerns: readonly Concern[];
}

/** CPUs, memory and firmware of a source; where it says nothing, what its disks show, or a default. */
export function bootDefaults(source: DiscoveredSource, guest?: Guest): BootDefaults {
  const { cpus, coresPerSocket, memoryBytes, firmware } = source.machine;
  return {
    cpus: cpus ?? DEFAULT_CPUS,
    ...(coresPerSocket === undefined ? {} : { coresPerSocket }),
    memoryBytes: memoryBytes ?? DEFAULT_MEMORY_BYTES,
    firmware: firmware ?? guest?.firmware ?? "bios",
  };
}

/**
 * The machine on KVM for a source.
 *
 * Linux gets virtio, and so does Windows in its final stage. Windows before that, and systems that are not known, start on SATA and an Intel network card, for which most
 * have drivers of their own.
 */
export function targetMachine(request: TargetRequest): Target {
  const { source, guest } = request;
  const osType = guest?.osType ?? "unknown";
  const id = guest === undefined ? undefined : osId(guest);
  const nics = request.nics.map((nic) => targetNic(nic, request, osType));
  const machine: TargetMachine = {
    name: source.name,
    ...(request.keepUuid && source.machine.uuid !== undefined ? { uuid: source.machine.uuid } : {}),
    description: `Migrated by hyper2kvm from ${source.kind}${guest ? `: ${guest.productName}` : ""}`,
    ...(id === undefined ? {} : { osId: id }),
    osType,
    ...bootDefaults(source, guest),
    ...(request.cpuModel === undefined ? {} : { cpuModel: request.cpuModel }),
    tpm: source.machine.tpm ?? false,
    ...(request.cdrom === undefined ? {} : { cdrom: request.cdrom }),
    disks: targetDisks(request, osType),
    nics,
    accelerator: request.accelerator === "kvm" ? "kvm" : "qemu",
    graphics: request.graphics === false ? "none" : "vnc",
  };
  return {
    machine,
    concerns: [...unknownHardware(source), ...differences(request), ...unmappedNetworks(request, nics)],
  };
}

/** Whether the system has drivers for virtio. */
export function hasVirtio(osType: Guest["osType"], windowsStage?: "bootstrap" | "final"): boolean {
  return osType === "linux" || (osType === "windows" && windowsStage === "final");
}

function targetDisks(
  { outputs, diskBus, windowsStage }: TargetRequest,
  osType: Guest["osType"],
): TargetDisk[] {
  const virtio: TargetBus = diskBus ?? (outputs.length > MAX_VIRTIO_BLK ? "scsi" : "virtio");
  const bus = hasVirtio(osType, windowsStage) ? virtio : "sata";
  return outputs.map(({ path, format, isDevice = false }) => ({
    path,
    format,
    bus,
    ...(isDevice ? { isDevice } : {}),
  }));
}

function targetNic(nic: Nic, request: TargetRequest, osType: Guest["osType"]): TargetNic {
  const { networks = {}, defaultNetwork = { kind: "network", name: "default" } } = request;
  const byName = nic.network === undefined ? undefined : networks[nic.network];
  return {
    ...nic,
    attachment: networks[nic.mac] ?? byName ?? defaultNetwork,
    targetModel: hasVirtio(osType, request.windowsStage) ? "virtio" : "e1000e",
  };
}

function unknownHardware({ machine }: DiscoveredSource): Concern[] {
  const taken = [
    ...(machine.cpus === undefined ? [`${DEFAULT_CPUS} CPUs`] : []),
    ...(machine.memoryBytes === undefined ? [`${DEFAULT_MEMORY_BYTES / 1024 ** 3} GiB of memory`] : []),
  ];
  return taken.length === 0 ? [] : [{
    id: "machine/defaults",
    severity: "information",
    message: `The source does not say how large the machine was; it gets ${taken.join(" and ")}.`,
    hint: "Change <vcpu> and <memory> in the definition if that is too little.",
  }];
}

function differences({ source, guest, accelerator, keepUuid }: TargetRequest): Concern[] {
  const concerns: Concern[] = [];
  if (keepUuid && source.machine.uuid === undefined) {
    concerns.push({
      id: "machine/uuid",
      severity: "warning",
      message: "The source does not say which UUID the machine had: it gets a new one.",
      hint: "Write the old one as <uuid> into the definition.",
    });
  }
  const { firmware } = source.machine;
  if (guest !== undefined && firmware !== undefined && firmware.startsWith("uefi") !== isUefi(guest)) {
    concerns.push({
      id: "machine/firmware",
      severity: "warning",
      message: `The source says ${firmware}, but its disk looks like one that boots by ${guest.firmware}.`,
      hint: "If it does not boot, change the firmware in the definition.",
    });
  }
  if (guest !== undefined && !["x86_64", "i686", "unknown"].includes(guest.arch)) {
    concerns.push({
      id: "machine/arch",
      severity: "warning",
      message: `The guest is made for ${guest.arch}, but the definition is one of an x86_64 machine.`,
      hint: "Write a definition for that architecture by hand.",
    });
  }
  if (accelerator === "tcg") {
    concerns.push({
      id: "machine/emulated",
      severity: "information",
      message: "KVM does not work here, so the definition asks for emulation, which is slow.",
      hint: 'On a host with KVM, write type="kvm" in <domain> and mode="host-model" in <cpu>.',
    });
  }
  return concerns;
}

function isUefi(guest: Guest): boolean {
  return guest.firmware === "uefi";
}

/** The source's networks that nobody mapped and that have another name here. */
function unmappedNetworks({ networks = {} }: TargetRequest, nics: readonly TargetNic[]): Concern[] {
  const unmapped = new Map<string, string>();
  for (const { network, mac, attachment } of nics) {
    if (network === undefined || networks[network] || networks[mac] || network === attachment.name) continue;
    unmapped.set(network, attachment.name);
  }
  return [...unmapped].map(([network, here]) => ({
    id: "machine/network",
    severity: "warning",
    message: `Nothing says what the source's network "${network}" is here; its cards are on "${here}".`,
    hint: "Change <source> of the interface in the definition.",
  }));
}
