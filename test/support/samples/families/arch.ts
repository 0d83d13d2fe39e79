/**
 * The files and the disk of Arch.
 *
 * @module
 */
import { ESP_UUID, type Family, family, ROOT_UUIDS } from "./family.ts";
import { kernelFiles, MERGED_USR } from "../kernel.ts";

const ARCH_RELEASE = "6.9.1-arch1-1";

/** Arch: UEFI with systemd-boot on the ESP at /boot, mkinitcpio, systemd-networkd. */
export const ARCH: Family = family({
  id: "arch",
  name: "Arch with systemd-boot and mkinitcpio",
  label: "gpt",
  firmware: "uefi",
  partitions: [
    { number: 1, sizeMib: 64, type: "vfat", uuid: ESP_UUID, path: "/boot" },
    { number: 2, sizeMib: 300, type: "ext4", uuid: ROOT_UUIDS.arch, path: "/" },
  ],
  files: {
    ...MERGED_USR,
    ...kernelFiles({
      release: ARCH_RELEASE,
      kernel: "/boot/vmlinuz-linux",
      initramfs: "/boot/initramfs-linux.img",
      generator: "mkinitcpio",
      suffix: ".zst",
      filesystem: "ext4",
    }),
    [`/usr/lib/modules/${ARCH_RELEASE}/pkgbase`]: "linux\n",
    "/etc/os-release": { link: "../usr/lib/os-release" },
    "/usr/lib/os-release": 'ID=arch\nPRETTY_NAME="Arch Linux"\nBUILD_ID=rolling\n',
    "/usr/lib/systemd/systemd": "program",
    "/etc/mkinitcpio.conf":
      "MODULES=()\nBINARIES=()\nHOOKS=(base udev autodetect modconf block filesystems fsck)\n",
    "/etc/fstab": "/dev/sda2  /      ext4  rw,relatime  0 1\n/dev/sda1  /boot  vfat  rw,relatime  0 2\n",
    "/boot/EFI/systemd/systemd-bootx64.efi": "systemd-boot",
    "/boot/loader/loader.conf": "default  arch.conf\ntimeout  3\n",
    "/boot/loader/entries/arch.conf":
      "title   Arch Linux\nlinux   /vmlinuz-linux\ninitrd  /initramfs-linux.img\noptions root=/dev/sda2 rw\n",
    "/etc/systemd/network/20-wired.network": "[Match]\nName=ens33\n\n[Network]\nAddress=192.0.2.60/24\n",
    "/usr/lib/systemd/network/99-default.link": "[Match]\nOriginalName=*\n",
  },
});
