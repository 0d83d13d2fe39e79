/**
 * Families that cannot be installed here, laid out as their installers lay them out: the files, and the disk that
 * they are on.
 *
 * @module
 */
import { kernelFiles, MERGED_USR } from "./kernel.ts";
import { RHEL8 } from "./rhel8.ts";
import { ROOT_UUID, type Sample, SWAP_UUID } from "./sample.ts";

/** One partition of a family's disk. */
export interface FamilyPartition {
  /** Number. */
  readonly number: number;
  /** Size in MiB. */
  readonly sizeMib: number;
  /** What is on it. */
  readonly type: "vfat" | "ext4" | "xfs" | "btrfs" | "swap";
  /** UUID of that. */
  readonly uuid: string;
  /** Where it is mounted; none for swap. */
  readonly path?: string;
  /** Subvolumes by mount point; the first is the root's. */
  readonly subvolumes?: Readonly<Record<string, string>>;
  /** Whether the root's subvolume is the default one, as snapper has it. */
  readonly rootIsDefault?: true;
}

/** A family: files in memory for fast tests, and the disk for the slow one. */
export interface Family extends Sample {
  /** Short name. */
  readonly id: string;
  /** Type of the partition table. */
  readonly label: "dos" | "gpt";
  /** Partitions, in the order of the disk. */
  readonly partitions: readonly FamilyPartition[];
}

/** UUIDs of the root filesystems: all of them are mounted in one appliance when the disks are made. */
export const ROOT_UUIDS = {
  rhel8: ROOT_UUID,
  fedora40: "6a1c1a3e-0f6c-4f0e-9f0e-3d1b6f0a7c40",
  suse15: "6a1c1a3e-0f6c-4f0e-9f0e-3d1b6f0a7c15",
  arch: "6a1c1a3e-0f6c-4f0e-9f0e-3d1b6f0a7c69",
  centos6: "6a1c1a3e-0f6c-4f0e-9f0e-3d1b6f0a7c06",
} as const;

const BOOT_UUID = "9d1e3bb0-9f1e-4b5c-8e0f-2f4f1f0c3a44";
const ESP_UUID = "1A2B-3C4D";

function family(given: Omit<Family, "filesystems" | "root">): Family {
  const filesystems = given.partitions.map(({ number, type, uuid }) => ({
    device: `/dev/sda${number}`,
    type,
    uuid,
  }));
  const root = given.partitions.find((one) => one.path === "/" || one.subvolumes !== undefined)!;
  return { ...given, filesystems, root: `/dev/sda${root.number}` };
}

const RHEL8_RELEASES = ["4.18.0-553.el8.x86_64", "4.18.0-80.el8.x86_64"] as const;

/** RHEL 8: GRUB 2 with BLS entries, their arguments in grubenv, dracut, XFS, an ifcfg file. */
const RHEL_8 = family({
  id: "rhel8",
  name: "RHEL 8 with BLS, grubenv and dracut",
  label: "dos",
  partitions: [
    { number: 1, sizeMib: 320, type: "xfs", uuid: BOOT_UUID, path: "/boot" },
    { number: 2, sizeMib: 400, type: "xfs", uuid: ROOT_UUID, path: "/" },
    { number: 3, sizeMib: 32, type: "swap", uuid: SWAP_UUID },
  ],
  files: {
    ...MERGED_USR,
    ...RHEL8.files,
    ...Object.assign(
      {},
      ...RHEL8_RELEASES.map((release) =>
        kernelFiles({
          release,
          kernel: `/boot/vmlinuz-${release}`,
          initramfs: `/boot/initramfs-${release}.img`,
          generator: "dracut",
          suffix: ".xz",
          filesystem: "xfs",
        })
      ),
    ),
    "/etc/os-release": { link: "../usr/lib/os-release" },
    "/usr/lib/os-release":
      'ID="rhel"\nVERSION_ID="8.10"\nPRETTY_NAME="Red Hat Enterprise Linux 8.10 (Ootpa)"\n',
    "/usr/lib/systemd/systemd": "program",
    "/etc/selinux/config": "SELINUX=enforcing\nSELINUXTYPE=targeted\n",
  },
});

const FEDORA_RELEASE = "6.8.5-301.fc40.x86_64";

/** Fedora 40: UEFI, BLS entries with UUIDs, btrfs subvolumes, NetworkManager. */
const FEDORA_40 = family({
  id: "fedora40",
  name: "Fedora 40 with BLS and btrfs",
  label: "gpt",
  firmware: "uefi",
  partitions: [
    { number: 1, sizeMib: 64, type: "vfat", uuid: ESP_UUID, path: "/boot/efi" },
    { number: 2, sizeMib: 128, type: "ext4", uuid: BOOT_UUID, path: "/boot" },
    {
      number: 3,
      sizeMib: 400,
      type: "btrfs",
      uuid: ROOT_UUIDS.fedora40,
      subvolumes: { "/": "root", "/home": "home" },
    },
  ],
  files: {
    ...MERGED_USR,
    ...kernelFiles({
      release: FEDORA_RELEASE,
      kernel: `/boot/vmlinuz-${FEDORA_RELEASE}`,
      initramfs: `/boot/initramfs-${FEDORA_RELEASE}.img`,
      generator: "dracut",
      suffix: ".xz",
      filesystem: "btrfs",
    }),
    "/etc/os-release": { link: "../usr/lib/os-release" },
    "/usr/lib/os-release": 'ID=fedora\nVERSION_ID=40\nPRETTY_NAME="Fedora Linux 40 (Server Edition)"\n',
    "/usr/lib/systemd/systemd": "program",
    "/etc/fstab": `UUID=${ROOT_UUIDS.fedora40} /          btrfs  subvol=root,compress=zstd:1 0 0
UUID=${BOOT_UUID} /boot      ext4   defaults        1 2
UUID=${ESP_UUID}  /boot/efi  vfat   umask=0077      0 2
UUID=${ROOT_UUIDS.fedora40} /home      btrfs  subvol=home,compress=zstd:1 0 0
`,
    "/boot/efi/EFI/fedora/shimx64.efi": "shim",
    "/boot/efi/EFI/fedora/grubx64.efi": "grub",
    "/boot/efi/EFI/fedora/grub.cfg":
      `search --no-floppy --root-dev-only --fs-uuid --set=dev ${BOOT_UUID}\nset prefix=($dev)/grub2\nexport $prefix\nconfigfile $prefix/grub.cfg\n`,
    "/boot/grub2/grub.cfg": "insmod blscfg\nblscfg\n",
    "/boot/grub2/grubenv": ["# GRUB Environment Block", `saved_entry=m-${FEDORA_RELEASE}`, ""].join("\n")
      .padEnd(1024, "#"),
    [`/boot/loader/entries/m-${FEDORA_RELEASE}.conf`]:
      `title Fedora Linux (${FEDORA_RELEASE}) 40 (Server Edition)
version ${FEDORA_RELEASE}
linux /vmlinuz-${FEDORA_RELEASE}
initrd /initramfs-${FEDORA_RELEASE}.img
options root=UUID=${ROOT_UUIDS.fedora40} ro rootflags=subvol=root rhgb quiet
grub_users $grub_users
grub_arg --unrestricted
grub_class fedora
`,
    "/etc/NetworkManager/system-connections/ens192.nmconnection":
      "[connection]\nid=ens192\ntype=ethernet\ninterface-name=ens192\n\n[ipv4]\nmethod=manual\naddress1=192.0.2.40/24,192.0.2.1\n",
    "/usr/lib/systemd/network/99-default.link": "[Match]\nOriginalName=*\n",
  },
});

const SUSE_RELEASE = "5.14.21-150500.55.19-default";

/** openSUSE Leap 15: GRUB 2 on btrfs with snapper, whose first snapshot is the root; dracut; wicked. */
const SUSE_15 = family({
  id: "suse15",
  name: "openSUSE Leap 15 with snapper and wicked",
  label: "dos",
  partitions: [
    {
      number: 1,
      sizeMib: 600,
      type: "btrfs",
      uuid: ROOT_UUIDS.suse15,
      rootIsDefault: true,
      subvolumes: {
        "/": "@/.snapshots/1/snapshot",
        "/var": "@/var",
        "/home": "@/home",
        "/old": "@/.snapshots/2/snapshot",
      },
    },
    { number: 2, sizeMib: 32, type: "swap", uuid: SWAP_UUID },
  ],
  files: {
    ...MERGED_USR,
    ...kernelFiles({
      release: SUSE_RELEASE,
      kernel: `/boot/vmlinuz-${SUSE_RELEASE}`,
      initramfs: `/boot/initrd-${SUSE_RELEASE}`,
      generator: "dracut",
      suffix: ".zst",
      filesystem: "btrfs",
    }),
    "/boot/vmlinuz": { link: `vmlinuz-${SUSE_RELEASE}` },
    "/boot/initrd": { link: `initrd-${SUSE_RELEASE}` },
    "/etc/os-release": { link: "../usr/lib/os-release" },
    "/usr/lib/os-release": 'ID="opensuse-leap"\nVERSION_ID="15.5"\nPRETTY_NAME="openSUSE Leap 15.5"\n',
    "/usr/lib/systemd/systemd": "program",
    "/etc/fstab": `UUID=${ROOT_UUIDS.suse15}  /      btrfs  defaults          0  0
UUID=${ROOT_UUIDS.suse15}  /var   btrfs  subvol=/@/var     0  0
UUID=${ROOT_UUIDS.suse15}  /home  btrfs  subvol=/@/home    0  0
/dev/disk/by-id/scsi-36000c29f1a2b3c4d-part2  swap  swap  defaults  0  0
`,
    "/var/log/messages": "",
    "/home/user/.profile": "",
    "/old/etc/os-release": 'ID="opensuse-leap"\n',
    "/old/etc/fstab": `UUID=${ROOT_UUIDS.suse15}  /  btrfs  defaults  0  0\n`,
    "/boot/grub2/grub.cfg": `set btrfs_relative_path="y"
export btrfs_relative_path
menuentry 'openSUSE Leap 15.5'  --class opensuse --class gnu-linux --class gnu --class os $menuentry_id_option 'gnulinux-simple' {
	load_video
	set gfxpayload=keep
	insmod gzio
	insmod part_msdos
	insmod btrfs
	echo	'Loading Linux ${SUSE_RELEASE} ...'
	linux	/boot/vmlinuz-${SUSE_RELEASE} root=/dev/sda1  \${extra_cmdline} splash=silent resume=/dev/sda2 mitigations=auto quiet
	echo	'Loading initial ramdisk ...'
	initrd	/boot/initrd-${SUSE_RELEASE}
}
`,
    "/etc/default/grub": `GRUB_DEFAULT=saved
GRUB_CMDLINE_LINUX_DEFAULT="splash=silent resume=/dev/sda2 mitigations=auto quiet"
SUSE_BTRFS_SNAPSHOT_BOOTING="true"
`,
    "/etc/sysconfig/network/ifcfg-eth0": "BOOTPROTO='static'\nIPADDR='192.0.2.50/24'\nSTARTMODE='auto'\n",
    "/etc/sysconfig/network/ifcfg-lo": "IPADDR=127.0.0.1/8\nSTARTMODE=nfsroot\n",
    "/usr/lib/systemd/network/99-default.link": "[Match]\nOriginalName=*\n",
  },
});

const ARCH_RELEASE = "6.9.1-arch1-1";

/** Arch: UEFI with systemd-boot on the ESP at /boot, mkinitcpio, systemd-networkd. */
const ARCH = family({
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

const RHEL6_RELEASE = "2.6.32-754.el6.x86_64";

/** CentOS 6: GRUB Legacy, no os-release, no systemd, names by a udev rule, mptspi for VMware's disks. */
const CENTOS_6 = family({
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

/** Every family. */
export const FAMILIES: readonly Family[] = [RHEL_8, FEDORA_40, SUSE_15, ARCH, CENTOS_6];
