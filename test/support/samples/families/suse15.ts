/**
 * The files and the disk of openSUSE Leap 15.
 *
 * @module
 */
import { type Family, family, ROOT_UUIDS } from "./family.ts";
import { kernelFiles, MERGED_USR } from "../kernel.ts";
import { SWAP_UUID } from "../sample.ts";

const SUSE_RELEASE = "5.14.21-150500.55.19-default";

/** openSUSE Leap 15: GRUB 2 on btrfs with snapper, whose first snapshot is the root; dracut; wicked. */
export const SUSE_15: Family = family({
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
