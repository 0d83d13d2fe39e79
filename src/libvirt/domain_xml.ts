/**
 * The libvirt definition of a machine. Element names and values: libvirt's domain XML format
 * (https://libvirt.org/formatdomain.html).
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import { cdromElement, diskElements } from "./domain_disks.ts";
import { clockElement, cpuElement, featuresElement, osElement } from "./domain_system.ts";
import type { TargetMachine, TargetNic } from "./target_machine.ts";
import { element, renderXml, type XmlChildren, type XmlElement } from "./xml_builder.ts";

/** The namespace of libosinfo's metadata. */
const LIBOSINFO = "http://libosinfo.org/xmlns/libvirt/domain/1.0";

/**
 * Writes a machine down as domain XML.
 *
 * @throws {MigrateError} `usage/bad-value` for a name that libvirt refuses, or text that XML cannot hold
 */
export function domainXml(machine: TargetMachine): string {
  checkName(machine.name);
  return renderXml(element("domain", { type: machine.accelerator }, [
    element("name", {}, machine.name),
    machine.uuid !== undefined && element("uuid", {}, machine.uuid),
    machine.description !== undefined && element("description", {}, machine.description),
    machine.osId !== undefined && osMetadata(machine.osId),
    // libvirt counts in KiB.
    element("memory", { unit: "KiB" }, Math.ceil(machine.memoryBytes / 1024)),
    element("vcpu", { placement: "static" }, machine.cpus),
    osElement(machine),
    featuresElement(machine),
    cpuElement(machine),
    clockElement(machine),
    element("on_poweroff", {}, "destroy"),
    element("on_reboot", {}, "restart"),
    element("on_crash", {}, "destroy"),
    element("pm", {}, [
      element("suspend-to-mem", { enabled: "no" }),
      element("suspend-to-disk", { enabled: "no" }),
    ]),
    element("devices", {}, [
      ...diskElements(machine.disks),
      machine.cdrom !== undefined && cdromElement(machine.cdrom, machine.disks),
      ...machine.nics.map(networkCard),
      ...commonDevices(machine),
    ]),
  ]));
}

function checkName(name: string): void {
  if (name !== "" && name.trim() === name && !name.includes("/")) return;
  throw new MigrateError(
    "usage/bad-value",
    `Cannot name a machine ${JSON.stringify(name)}: libvirt allows no slash and no space at either end.`,
    { hint: "Give another name with --name." },
  );
}

function osMetadata(osId: string): XmlElement {
  return element("metadata", {}, [
    element("libosinfo:libosinfo", { "xmlns:libosinfo": LIBOSINFO }, [
      element("libosinfo:os", { id: osId }),
    ]),
  ]);
}

function networkCard(nic: TargetNic): XmlElement {
  const { kind, name } = nic.attachment;
  return element("interface", { type: kind }, [
    element("mac", { address: nic.mac }),
    element("source", { [kind]: name }),
    element("model", { type: nic.targetModel }),
  ]);
}

function commonDevices({ tpm, graphics }: TargetMachine): XmlChildren {
  return [
    element("controller", { type: "usb", model: "qemu-xhci" }),
    element("serial", { type: "pty" }, [element("target", { type: "isa-serial", port: 0 })]),
    element("console", { type: "pty" }, [element("target", { type: "serial", port: 0 })]),
    element("channel", { type: "unix" }, [
      element("target", { type: "virtio", name: "org.qemu.guest_agent.0" }),
    ]),
    tpm && element("tpm", { model: "tpm-crb" }, [element("backend", { type: "emulator", version: "2.0" })]),
    ...(graphics === "vnc" ? screen() : []),
    element("memballoon", { model: "virtio" }),
    element("rng", { model: "virtio" }, [element("backend", { model: "random" }, "/dev/urandom")]),
  ];
}

/** A screen that only this host can look at. */
export function vncElement(): XmlElement {
  return element("graphics", { type: "vnc", port: -1, autoport: "yes", listen: "127.0.0.1" }, [
    element("listen", { type: "address", address: "127.0.0.1" }),
  ]);
}

/** Standard VGA: every system has a driver for it, whatever it was installed on. */
function screen(): XmlElement[] {
  return [
    element("input", { type: "tablet", bus: "usb" }),
    vncElement(),
    element("video", {}, [element("model", { type: "vga", vram: 16384 })]),
  ];
}
