/**
 * Red Hat Enterprise Linux 8: boot loader specification entries and ifcfg files.
 *
 * @module
 */
import { grubenv, ROOT_UUID, type Sample, SWAP_UUID } from "./sample.ts";

/** RHEL 8: separate /boot, entries with $kernelopts, an ifcfg file without a MAC address. */
export const RHEL8: Sample = {
  name: "RHEL 8 with kernelopts",
  filesystems: [
    {
      device: "/dev/sda1",
      type: "xfs",
      uuid: "9d1e3bb0-9f1e-4b5c-8e0f-2f4f1f0c3a44",
      partUuid: "77aa0001-01",
    },
    { device: "/dev/sda2", type: "xfs", uuid: ROOT_UUID, partUuid: "77aa0001-02" },
    { device: "/dev/sda3", type: "swap", uuid: SWAP_UUID, partUuid: "77aa0001-03" },
  ],
  files: {
    "/etc/fstab":
      `UUID=${ROOT_UUID} / xfs defaults 0 0\n/dev/sda1 /boot xfs defaults 0 0\n/dev/sda3\tswap\tswap\tdefaults\t0 0\n`,
    "/boot/vmlinuz-4.18.0-553.el8.x86_64": "kernel",
    "/boot/initramfs-4.18.0-553.el8.x86_64.img": "image",
    "/boot/vmlinuz-4.18.0-80.el8.x86_64": "kernel",
    "/boot/initramfs-4.18.0-80.el8.x86_64.img": "image",
    "/boot/loader/entries/abc-4.18.0-80.el8.x86_64.conf": blsEntry("4.18.0-80.el8.x86_64"),
    "/boot/loader/entries/abc-4.18.0-553.el8.x86_64.conf": blsEntry("4.18.0-553.el8.x86_64"),
    "/boot/grub2/grubenv": grubenv(
      "saved_entry=abc-4.18.0-553.el8.x86_64",
      "kernelopts=root=/dev/sda2 ro resume=/dev/sda3 console=ttyS0 rhgb quiet ",
      "boot_success=0",
    ),
    "/boot/grub2/grub.cfg": `set pager=1
if [ -f \${config_directory}/grubenv ]; then
  load_env -f \${config_directory}/grubenv
elif [ -s $prefix/grubenv ]; then
  load_env
fi
if [ "\${next_entry}" ] ; then
   set default="\${next_entry}"
   set next_entry=
   save_env next_entry
   set boot_once=true
else
   set default="\${saved_entry}"
fi
if [ x"\${feature_menuentry_id}" = xy ]; then
  menuentry_id_option="--id"
else
  menuentry_id_option=""
fi
export menuentry_id_option
### BEGIN /etc/grub.d/10_linux ###
insmod part_msdos
set root='hd0,msdos1'
if [ -z "\${kernelopts}" ]; then
  set kernelopts="root=/dev/sda2 ro resume=/dev/sda3 console=ttyS0 rhgb quiet "
fi
insmod blscfg
blscfg
### END /etc/grub.d/10_linux ###
`,
    "/etc/default/grub": `GRUB_TIMEOUT=5
GRUB_DEFAULT=saved
GRUB_CMDLINE_LINUX="crashkernel=auto resume=/dev/sda3 console=ttyS0 rhgb quiet"
GRUB_ENABLE_BLSCFG=true
`,
    "/etc/sysconfig/network-scripts/ifcfg-ens192":
      'TYPE="Ethernet"\nBOOTPROTO="none"\nNAME="ens192"\nDEVICE="ens192"\nONBOOT="yes"\nIPADDR="10.1.2.3"\nPREFIX="24"\n',
    "/etc/sysconfig/network-scripts/ifcfg-lo": "DEVICE=lo\nIPADDR=127.0.0.1\n",
    "/usr/lib/systemd/network/99-default.link": "[Match]\nOriginalName=*\n",
  },
};

function blsEntry(release: string): string {
  return `title Red Hat Enterprise Linux (${release}) 8
version ${release}
linux /vmlinuz-${release}
initrd /initramfs-${release}.img $tuned_initrd
options $kernelopts $tuned_params
id rhel-${release}
grub_users $grub_users
grub_class kernel
`;
}
