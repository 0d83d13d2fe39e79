/**
 * A UEFI guest with everything that VMware leaves behind, and other hypervisors with it.
 *
 * @module
 */
import { writeCpio } from "../../../src/fix/linux/initramfs/cpio_writer.ts";
import { peFile } from "../pe.ts";
import type { Sample } from "./sample.ts";

/** Modules of its kernel, for the unified kernel image. */
const MODULES = ["virtio_pci", "virtio_blk", "ext4"].map((name) => `kernel/${name}.ko`);

/** Debian with open-vm-tools, tools by tarball, VirtualBox's modules and a bootloader by entry only. */
export const LEFTOVERS: Sample = {
  name: "VMware's leftovers",
  firmware: "uefi",
  filesystems: [
    { device: "/dev/sda1", type: "vfat", uuid: "1A2B-3C4D", partUuid: "e0a9b1c2-0001" },
    { device: "/dev/sda2", type: "ext4", uuid: "6a1c1a3e-0f6c-4f0e-9f0e-3d1b6f0a7c11" },
  ],
  files: {
    "/etc/fstab": "UUID=6a1c1a3e-0f6c-4f0e-9f0e-3d1b6f0a7c11 / ext4 defaults 0 1\n",
    "/etc/machine-id": "0123456789abcdef0123456789abcdef\n",
    "/var/lib/dbus/machine-id": "0123456789abcdef0123456789abcdef\n",
    "/etc/lvm/devices/system.devices":
      "VERSION=1.1.2\nIDTYPE=sys_wwid IDNAME=naa.6000c29 DEVNAME=/dev/sda3\n",
    "/etc/initramfs-tools/conf.d/resume": "RESUME=/dev/sda2\n",
    "/etc/cloud/cloud-init.disabled": "",
    "/usr/bin/cloud-init": "#!/usr/bin/python3\n",
    "/etc/blkid.tab": '<device DEVNO="0x0801" TYPE="ext4">/dev/sda1</device>\n',
    "/boot/efi/EFI/debian/shimx64.efi": "shim",
    "/boot/efi/EFI/debian/grubx64.efi": "grub",
    "/boot/efi/EFI/debian/mmx64.efi": "mok manager",
    "/boot/efi/EFI/Linux/debian.efi": peFile({
      ".uname": "6.1.0-9-amd64",
      ".cmdline": "root=/dev/sda2 ro",
      ".linux": "kernel",
      ".initrd": writeCpio([{ path: "init", content: new Uint8Array([1]) }], () => false),
    }),
    "/usr/lib/modules/6.1.0-9-amd64/modules.dep": MODULES.map((path) => `${path}:\n`).join(""),
    ...Object.fromEntries(MODULES.map((path) => [`/usr/lib/modules/6.1.0-9-amd64/${path}`, "module"])),
    "/lib": { link: "usr/lib" },
    "/var/lib/dpkg/info/open-vm-tools.list": "/.\n",
    "/var/lib/dpkg/info/open-vm-tools-desktop.list": "/.\n",
    "/var/lib/dpkg/info/virtualbox-guest-utils:amd64.list": "/.\n",
    "/var/lib/dpkg/info/zlib1g:amd64.list": "/.\n",
    "/usr/bin/vmtoolsd": "program",
    "/usr/bin/vmware-uninstall-tools.pl": "#!/usr/bin/perl\n",
    "/usr/lib/systemd/systemd": "program",
    "/usr/lib/systemd/system/open-vm-tools.service": "[Install]\nWantedBy=multi-user.target\n",
    "/usr/lib/systemd/system/vgauth.service": "[Install]\nWantedBy=open-vm-tools.service\n",
    "/usr/lib/systemd/system/ssh.service": "[Install]\nWantedBy=multi-user.target\n",
    "/etc/systemd/system/vmtoolsd.service": { link: "/lib/systemd/system/open-vm-tools.service" },
    "/etc/systemd/system/vmware-tools.service": "[Service]\nExecStart=/etc/vmware-tools/services.sh start\n",
    "/etc/init.d/vmware-tools": "#!/bin/sh\n",
    "/etc/modules": "# modules to load\nvmw_balloon\nloop max_loop=8\n",
    "/etc/modules-load.d/vbox.conf": "vboxguest\n",
    "/usr/lib/systemd/system/qemu-guest-agent.service":
      "[Service]\nExecStart=/usr/sbin/qemu-ga\n[Install]\nWantedBy=dev-virtio\\x2dports-org.qemu.guest_agent.0.device\n",
    "/etc/X11/xorg.conf": 'Section "Device"\n\tIdentifier "Card0"\n\tDriver      "vmware"\nEndSection\n',
    "/etc/modprobe.d/hardening.conf": "blacklist virtio_balloon\ninstall virtio_rng /bin/true\n",
    "/etc/network/interfaces":
      "auto ens192\niface ens192 inet static\n\taddress 10.0.0.5/24\n\tgateway 10.0.0.1\n",
    "/usr/lib/systemd/network/99-default.link": "[Match]\nOriginalName=*\n",
  },
};
