/**
 * A Windows Server as a source has it.
 *
 * @module
 */
import { targetMachine, type TargetRequest } from "../../src/libvirt/target.ts";
import type { TargetMachine } from "../../src/libvirt/target_machine.ts";
import type { Guest } from "../../src/model/guest.ts";
import type { DiscoveredSource, Nic } from "../../src/model/source.ts";

/** The system. */
export const WINDOWS_GUEST: Guest = {
  osType: "windows",
  root: "/dev/sda2",
  rootReason: "the only root",
  distro: "windows",
  productName: "Windows Server 2019 Standard",
  version: "10.0",
  arch: "x86_64",
  hostname: "FILES",
  filesystems: [],
  mounts: [],
  firmware: "uefi",
  kernels: [],
  bootEntries: [],
  interfaces: [],
};

/** Its card. */
export const WINDOWS_NICS: readonly Nic[] = [{
  mac: "00:50:56:8a:12:34",
  macOrigin: "source",
  network: "default",
  model: "vmxnet3",
}];

/** Its machine. */
export const WINDOWS_SOURCE: DiscoveredSource = {
  kind: "vmx",
  location: "/src/files.vmx",
  name: "files",
  disks: [],
  machine: {
    cpus: 4,
    coresPerSocket: 2,
    memoryBytes: 8 * 1024 ** 3,
    firmware: "uefi-secure-boot",
    tpm: true,
    nics: WINDOWS_NICS,
  },
};

/** The machine on KVM in one of its two stages, with the drivers' CD. */
export function windowsMachine(
  windowsStage: NonNullable<TargetRequest["windowsStage"]>,
  accelerator: TargetRequest["accelerator"] = "kvm",
): TargetMachine {
  return targetMachine({
    source: WINDOWS_SOURCE,
    guest: WINDOWS_GUEST,
    nics: WINDOWS_NICS,
    outputs: [{ path: "/srv/out/files.qcow2", format: "qcow2" }],
    accelerator,
    cdrom: "/srv/iso/virtio-win.iso",
    windowsStage,
  }).machine;
}
