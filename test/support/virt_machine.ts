/**
 * A machine of plain values for the libvirt tests.
 *
 * @module
 */
import type { TargetMachine } from "../../src/libvirt/target_machine.ts";

/** Two disks, two cards with addresses out of order, BIOS, emulated; members can be replaced. */
export function sampleMachine(changes: Partial<TargetMachine> = {}): TargetMachine {
  return {
    name: "shop",
    uuid: "6a8f3b1e-7f0f-4a44-9a3a-1f6f6a6c2d11",
    description: "Migrated by hyper2kvm from vmdk: Debian GNU/Linux 12 (bookworm)",
    osId: "http://debian.org/debian/12",
    osType: "linux",
    memoryBytes: 1024 ** 3,
    cpus: 2,
    firmware: "bios",
    tpm: false,
    disks: [
      { path: "/srv/out/shop.qcow2", format: "qcow2", bus: "virtio" },
      { path: "/srv/out/shop-2.qcow2", format: "qcow2", bus: "virtio" },
    ],
    nics: [
      {
        mac: "00:50:56:8a:12:34",
        macOrigin: "guest",
        attachment: { kind: "network", name: "default" },
        targetModel: "virtio",
      },
      {
        mac: "00:50:56:8a:00:01",
        macOrigin: "source",
        attachment: { kind: "bridge", name: "br0" },
        targetModel: "virtio",
      },
    ],
    accelerator: "qemu",
    graphics: "vnc",
    ...changes,
  };
}

/** The same definition for libvirt's test driver, which takes no other type. */
export function forTestDriver(xml: string): string {
  return xml.replace(/<domain type="\w+">/, '<domain type="test">');
}
