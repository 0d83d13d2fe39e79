/**
 * The libvirt definition of a machine. Element names and values: libvirt's domain XML format
 * (https://libvirt.org/formatdomain.html).
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import { cdromElement, diskElements } from "./domain_disks.ts";
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
    features(machine),
    cpu(machine),
    clock(machine),
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

/**
 * Machine type and firmware. For UEFI only the features are named: libvirt chooses the loader and makes the
 * NVRAM file from the host's firmware descriptions, so that no path of one distribution gets in here.
 */
function osElement({ firmware }: TargetMachine): XmlElement {
  const type = element("type", { arch: "x86_64", machine: "q35" }, "hvm");
  if (firmware === "bios") return element("os", {}, [type]);
  const secure = firmware === "uefi-secure-boot" ? "yes" : "no";
  return element("os", { firmware: "efi" }, [
    type,
    element("firmware", {}, [
      element("feature", { enabled: secure, name: "secure-boot" }),
      // Without keys in its NVRAM a firmware with Secure Boot checks nothing.
      secure === "yes" && element("feature", { enabled: "yes", name: "enrolled-keys" }),
    ]),
  ]);
}

function features({ firmware, osType, accelerator }: TargetMachine): XmlElement {
  return element("features", {}, [
    element("acpi"),
    element("apic"),
    // Enlightenments are KVM's: emulation has none.
    osType === "windows" && accelerator === "kvm" && element("hyperv", { mode: "custom" }, [
      element("relaxed", { state: "on" }),
      element("vapic", { state: "on" }),
      element("spinlocks", { state: "on", retries: 8191 }),
      element("vpindex", { state: "on" }),
      element("synic", { state: "on" }),
      element("stimer", { state: "on" }),
    ]),
    // QEMU's imitation of the VMware backdoor: with it, what is left of VMware Tools believes to be at home.
    element("vmport", { state: "off" }),
    firmware === "uefi-secure-boot" && element("smm", { state: "on" }),
  ]);
}

function cpu({ accelerator, cpus }: TargetMachine): XmlElement {
  const topology = element("topology", { sockets: 1, cores: cpus, threads: 1 });
  return accelerator === "kvm"
    ? element("cpu", { mode: "host-model", check: "partial" }, [topology])
    : element("cpu", { mode: "maximum" }, [topology]);
}

/** Windows keeps local time in the RTC, others UTC; the timers are those of virt-install. */
function clock({ osType, accelerator }: TargetMachine): XmlElement {
  const windows = osType === "windows";
  return element("clock", { offset: windows ? "localtime" : "utc" }, [
    element("timer", { name: "rtc", tickpolicy: "catchup" }),
    element("timer", { name: "pit", tickpolicy: "delay" }),
    element("timer", { name: "hpet", present: "no" }),
    windows && accelerator === "kvm" && element("timer", { name: "hypervclock", present: "yes" }),
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

/** Standard VGA: every system has a driver for it, whatever it was installed on. */
function screen(): XmlElement[] {
  return [
    element("input", { type: "tablet", bus: "usb" }),
    element("graphics", { type: "vnc", port: -1, autoport: "yes", listen: "127.0.0.1" }, [
      element("listen", { type: "address", address: "127.0.0.1" }),
    ]),
    element("video", {}, [element("model", { type: "vga", vram: 16384 })]),
  ];
}
