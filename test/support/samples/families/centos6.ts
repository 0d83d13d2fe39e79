/**
 * The files and the disk of CentOS 6.
 *
 * @module
 */
import { BOOT_UUID, type Family, family, ROOT_UUIDS } from "./family.ts";
import { kernelFiles } from "../kernel.ts";
import { SWAP_UUID } from "../sample.ts";

const RHEL6_RELEASE = "2.6.32-754.el6.x86_64";

/** CentOS 6: GRUB Legacy, no os-release, no systemd, names by a udev rule, mptspi for VMware's disks. */
export const CENTOS_6: Family = family({
  id: "centos6",
  name: "CentOS 6 with GRUB Legacy",
  label: "dos",
  partitions: [
    { number: 1, sizeMib: 128, type: "ext4", uuid: BOOT_UUID, path: "/boot" },
    { number: 2, sizeMib: 300, type: "ext4", uuid: ROOT_UUIDS.centos6, path: "/" },
    { number: 3, sizeMib: 32, type: "swap", uuid: SWAP_UUID },
  ],
  files: {
    "/bin/sh": "program",
    "/usr/bin/env": "program",
    "/lib64/ld-linux-x86-64.so.2": "loader",
    ...Object.fromEntries(
      Object.entries(kernelFiles({
        release: RHEL6_RELEASE,
        kernel: `/boot/vmlinuz-${RHEL6_RELEASE}`,
        initramfs: `/boot/initramfs-${RHEL6_RELEASE}.img`,
        generator: "dracut",
        suffix: "",
        filesystem: "ext4",
      })).map(([path, entry]) => [path.replace(/^\/usr\/lib\//, "/lib/"), entry]),
    ),
    "/etc/redhat-release": "CentOS release 6.10 (Final)\n",
    "/etc/inittab": "id:3:initdefault:\n",
    "/etc/fstab": `/dev/sda2  /      ext4  defaults  1 1
/dev/sda1  /boot  ext4  defaults  1 2
/dev/sda3  swap   swap  defaults  0 0
/dev/fd0   /media/floppy  auto  noauto  0 0
tmpfs      /dev/shm  tmpfs  defaults  0 0
`,
    "/boot/grub/device.map": "(hd0)     /dev/sda\n",
    "/boot/grub/grub.conf": `default=0
timeout=5
splashimage=(hd0,0)/grub/splash.xpm.gz
hiddenmenu
title CentOS 6 (${RHEL6_RELEASE})
	root (hd0,0)
	kernel /vmlinuz-${RHEL6_RELEASE} ro root=/dev/sda2 rd_NO_LUKS rd_NO_LVM LANG=en_US.UTF-8 rhgb quiet
	initrd /initramfs-${RHEL6_RELEASE}.img
`,
    "/boot/grub/menu.lst": { link: "./grub.conf" },
    "/etc/udev/rules.d/70-persistent-net.rules": `# PCI device 0x15ad:0x07b0 (vmxnet3)
SUBSYSTEM=="net", ACTION=="add", DRIVERS=="?*", ATTR{address}=="00:50:56:8a:66:01", ATTR{type}=="1", KERNEL=="eth*", NAME="eth0"
`,
    "/etc/sysconfig/network-scripts/ifcfg-eth0":
      "DEVICE=eth0\nHWADDR=00:50:56:8A:66:01\nTYPE=Ethernet\nONBOOT=yes\nBOOTPROTO=static\nIPADDR=192.0.2.70\nNETMASK=255.255.255.0\n",
  },
});
