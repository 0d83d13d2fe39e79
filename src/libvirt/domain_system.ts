/**
 * The parts of a libvirt definition that are no devices: firmware, features, processor, clock.
 *
 * @module
 */
import type { TargetMachine } from "./target_machine.ts";
import { element, type XmlElement } from "./xml_builder.ts";

/** What of a machine these parts come from. */
export type SystemParts = Pick<
  TargetMachine,
  "firmware" | "osType" | "accelerator" | "cpus" | "coresPerSocket" | "cpuModel"
>;

/** Processors that are the host's own, in two degrees. */
const HOST_CPUS: ReadonlySet<string> = new Set(["host-model", "host-passthrough"]);

/**
 * Machine type and firmware. For UEFI only the features are named: libvirt chooses the loader and makes the
 * NVRAM file from the host's firmware descriptions, so that no path of one distribution gets in here.
 */
export function osElement({ firmware }: Pick<TargetMachine, "firmware">): XmlElement {
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

/** What the machine has beside its devices. */
export function featuresElement({ firmware, osType, accelerator }: SystemParts): XmlElement {
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

/**
 * The processor. Under KVM that of the host, or the model that was named; emulation offers all it has, and a model
 * only when one was named.
 */
export function cpuElement({ accelerator, cpus, coresPerSocket, cpuModel }: SystemParts): XmlElement {
  const cores = coresPerSocket !== undefined && cpus % coresPerSocket === 0 ? coresPerSocket : cpus;
  const topology = element("topology", { sockets: cpus / cores, cores, threads: 1 });
  if (cpuModel !== undefined && !HOST_CPUS.has(cpuModel)) {
    return element("cpu", { mode: "custom", match: "exact", check: "none" }, [
      element("model", { fallback: "forbid" }, cpuModel),
      topology,
    ]);
  }
  if (accelerator === "qemu") return element("cpu", { mode: "maximum" }, [topology]);
  return cpuModel === "host-passthrough"
    ? element("cpu", { mode: "host-passthrough", check: "none", migratable: "on" }, [topology])
    : element("cpu", { mode: "host-model", check: "partial" }, [topology]);
}

/** Windows keeps local time in the RTC, others UTC; the timers are those of virt-install. */
export function clockElement({ osType, accelerator }: SystemParts): XmlElement {
  const windows = osType === "windows";
  return element("clock", { offset: windows ? "localtime" : "utc" }, [
    element("timer", { name: "rtc", tickpolicy: "catchup" }),
    element("timer", { name: "pit", tickpolicy: "delay" }),
    element("timer", { name: "hpet", present: "no" }),
    windows && accelerator === "kvm" && element("timer", { name: "hypervclock", present: "yes" }),
  ]);
}
