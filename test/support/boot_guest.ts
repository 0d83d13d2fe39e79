/**
 * Guests and boot entries for tests of the initramfs fix: a Debian on /dev/sda1 where nothing else is said.
 *
 * @module
 */
import type { BootEntry, Guest } from "../../src/model/guest.ts";

/** The kernel release of {@linkcode linuxGuest}. */
export const RELEASE = "6.1.0-9-amd64";

/** A boot entry. */
export function bootEntry(given: Partial<BootEntry>): BootEntry {
  return {
    title: "Debian",
    file: "/boot/grub/grub.cfg",
    kernel: `/boot/vmlinuz-${RELEASE}`,
    initrds: [`/boot/initrd.img-${RELEASE}`],
    cmdline: "root=/dev/sda1 ro",
    isDefault: true,
    ...given,
  };
}

/** A Linux guest. */
export function linuxGuest(given: Partial<Guest>): Guest {
  return {
    osType: "linux",
    root: "/dev/sda1",
    rootReason: "the only one",
    distro: "debian",
    productName: "Debian",
    version: "12",
    arch: "x86_64",
    hostname: "vm",
    filesystems: [{ device: "/dev/sda1", type: "ext4" }],
    mounts: [{ device: "/dev/sda1", path: "/" }],
    firmware: "bios",
    kernels: [{ release: RELEASE, hasModules: true }],
    bootEntries: [bootEntry({})],
    interfaces: [],
    ...given,
  };
}
