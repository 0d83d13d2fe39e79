/**
 * Machines for tests.
 *
 * @module
 */
import type { VmDetails, VmDisk } from "../../../../src/source/vsphere/machines/vm.ts";

/** A disk, with some members of one's own. */
export function disk(own: Partial<VmDisk> = {}): VmDisk {
  return {
    key: 2000,
    label: "Hard disk 1",
    sizeBytes: 1024 ** 3,
    controllerType: "ParaVirtualSCSIController",
    controller: "scsi",
    bus: 0,
    unit: 0,
    backing: "DiskFlatVer2",
    file: "[ds] web/web.vmdk",
    mode: "persistent",
    parents: [],
    raw: false,
    encrypted: false,
    shared: false,
    ...own,
  };
}

/** A machine that is off, with some members of one's own. */
export function vm(own: Partial<VmDetails> = {}): VmDetails {
  return {
    id: "vm-1",
    name: "web",
    path: "/DC0/vm/web",
    datacenter: "DC0",
    host: "esxi-1",
    power: "off",
    template: false,
    cpus: 2,
    memoryBytes: 1024 ** 3,
    diskCount: 1,
    os: "Debian GNU/Linux 12 (64-bit)",
    uuid: "",
    hardware: "vmx-19",
    firmware: "bios",
    tpm: false,
    encrypted: false,
    consolidationNeeded: false,
    changeTracking: false,
    guestId: "debian12_64Guest",
    tools: "",
    disks: [disk()],
    nics: [],
    snapshots: [],
    passthrough: [],
    ...own,
  };
}
