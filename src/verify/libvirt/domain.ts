/**
 * The libvirt domain of a boot proof: the machine as it is defined, with throw-away disks, on a network of its own,
 * with its consoles as streams. Pure.
 *
 * Its cards are arguments for QEMU: a user-mode network that answers DHCP and lets nothing out is none of
 * libvirt's own kinds, and unlike a bridge it leaves nothing on the host, however the proof ends.
 *
 * @module
 */
import { deviceLetters } from "../../libvirt/domain_disks.ts";
import { clockElement, cpuElement, featuresElement, osElement } from "../../libvirt/domain_system.ts";
import { vncElement } from "../../libvirt/domain_xml.ts";
import type { TargetMachine } from "../../libvirt/target_machine.ts";
import { element, renderXml, type XmlElement } from "../../libvirt/xml_builder.ts";
import { AGENT_PORT, type DiskBus, type ProofDisk, type ProofNic, VIEW_PORT } from "../proof_guest.ts";

/** The namespace of arguments for QEMU (libvirt, "QEMU command-line passthrough"). */
const QEMU_NAMESPACE = "http://libvirt.org/schemas/domain/qemu/1.0";

/** Where on the PCI root the cards begin, eight to a slot: libvirt does not know of them and fills it from 1. */
const FIRST_CARD_SLOT = 0x10;

/** A machine for the proof. */
export interface ProofDomain
  extends
    Pick<TargetMachine, "firmware" | "osType" | "accelerator" | "cpus" | "coresPerSocket" | "cpuModel"> {
  /** Name; no other domain may have it. */
  readonly name: string;
  /** Memory in MiB. */
  readonly memoryMiB: number;
  /** Throw-away disks in boot order. */
  readonly disks: readonly ProofDisk[];
  /** Where they sit. */
  readonly bus: DiskBus;
  /** Network cards. */
  readonly nics: readonly ProofNic[];
  /** Where libvirt puts the variables of UEFI; with the disks, so that it goes with them (default: its own folder). */
  readonly nvram?: string;
  /** Set when it stays after the proof: with a screen to look at, or without. */
  readonly kept?: { readonly graphics: boolean };
}

/** The names of the disks, as libvirt's statistics use them. */
export function diskNames({ disks, bus }: Pick<ProofDomain, "disks" | "bus">): string[] {
  const prefix = { virtio: "vd", scsi: "sd", sata: "sd", ide: "hd" }[bus];
  return disks.map((_disk, index) => prefix + deviceLetters(index));
}

/** Writes the domain down. */
export function proofDomainXml(machine: ProofDomain): string {
  const names = diskNames(machine);
  return renderXml(
    element("domain", { type: machine.accelerator, "xmlns:qemu": QEMU_NAMESPACE }, [
      element("name", {}, machine.name),
      element("memory", { unit: "MiB" }, machine.memoryMiB),
      element("vcpu", { placement: "static" }, machine.cpus),
      systemElement(machine),
      featuresElement(machine),
      cpuElement(machine),
      clockElement(machine),
      element("on_poweroff", {}, "destroy"),
      // A restart is an end of the proof: the guest must come up at the first try.
      element("on_reboot", {}, machine.kept === undefined ? "destroy" : "restart"),
      element("on_crash", {}, "destroy"),
      element("devices", {}, [
        ...machine.disks.map((disk, index) => diskElement(disk, machine.bus, names[index] ?? "", index)),
        machine.bus === "scsi" && element("controller", { type: "scsi", index: 0, model: "virtio-scsi" }),
        ...ports(),
        machine.kept?.graphics && vncElement(),
        machine.kept?.graphics !== false &&
        element("video", {}, [element("model", { type: "vga", vram: 16384 })]),
        element("memballoon", { model: "none" }),
        element("rng", { model: "virtio" }, [element("backend", { model: "random" }, "/dev/urandom")]),
      ]),
      element("qemu:commandline", {}, machine.nics.flatMap(cardArguments)),
    ]),
  );
}

/** The firmware as it is defined; SeaBIOS speaks on the serial port, as OVMF does by itself. */
function systemElement(machine: ProofDomain): XmlElement {
  const os = osElement(machine);
  const own = os.content as readonly XmlElement[];
  if (machine.firmware === "bios") {
    return { ...os, content: [...own, element("bios", { useserial: "yes" })] };
  }
  return machine.nvram === undefined ? os : { ...os, content: [...own, element("nvram", {}, machine.nvram)] };
}

function diskElement(disk: ProofDisk, bus: DiskBus, name: string, index: number): XmlElement {
  return element("disk", { type: "file", device: "disk" }, [
    // Flushes are dropped: the overlay does not outlive the run.
    element("driver", { name: "qemu", type: disk.format, cache: "unsafe", discard: "unmap" }),
    element("source", { file: disk.path }),
    element("target", { dev: name, bus }),
    element("boot", { order: index + 1 }),
    bus === "scsi" && element("address", { type: "drive", controller: 0, bus: 0, target: index, unit: 0 }),
  ]);
}

function ports(): XmlElement[] {
  const serial = (port: number): XmlElement =>
    element("serial", { type: "pty" }, [element("target", { type: "isa-serial", port })]);
  const channel = (name: string): XmlElement =>
    element("channel", { type: "unix" }, [element("target", { type: "virtio", name })]);
  return [serial(0), serial(1), channel(VIEW_PORT), channel(AGENT_PORT)];
}

function cardArguments({ mac, targetModel = "virtio" }: ProofNic, index: number): XmlElement[] {
  const driver = targetModel === "virtio" ? "virtio-net-pci" : targetModel;
  const slot = `addr=0x${(FIRST_CARD_SLOT + Math.floor(index / 8)).toString(16)}.${
    index % 8
  },multifunction=on`;
  return [
    ...["-netdev", `user,id=proofnet${index},restrict=on`],
    ...["-device", `${driver},netdev=proofnet${index},mac=${mac},romfile=,bus=pcie.0,${slot}`],
  ].map((value) => element("qemu:arg", { value }));
}
