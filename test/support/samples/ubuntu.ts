/**
 * Ubuntu: a generated grub.cfg and netplan.
 *
 * @module
 */
import { grubenv, ROOT_UUID, type Sample } from "./sample.ts";

/** Ubuntu: submenu and saved default by identifier, swap file, netplan that follows the MAC address. */
export const UBUNTU: Sample = {
  name: "Ubuntu with netplan",
  filesystems: [{ device: "/dev/sda2", type: "ext4", uuid: ROOT_UUID, partUuid: "e0a9b1c2-0002" }],
  files: {
    "/etc/fstab": `/dev/disk/by-uuid/${ROOT_UUID} / ext4 defaults 0 1\n/swap.img none swap sw 0 0\n`,
    "/etc/netplan/50-cloud-init.yaml": `network:
  version: 2
  ethernets:
    ens160:
      dhcp4: true
    ens192:
      match: {macaddress: "00:50:56:AA:BB:CC"}
      set-name: ens192
      addresses: [10.0.0.7/24]
`,
    "/boot/vmlinuz-5.15.0-100-generic": "kernel",
    "/boot/initrd.img-5.15.0-100-generic": "image",
    "/boot/grub/grub.cfg": ubuntuGrubCfg(),
    "/boot/grub/grubenv": grubenv("saved_entry=gnulinux-advanced-x>gnulinux-5.15.0-100-generic-advanced-x"),
    "/usr/lib/systemd/network/99-default.link": "[Match]\nOriginalName=*\n",
  },
};

function ubuntuGrubCfg(): string {
  const entry = (indent: string): string =>
    `${indent}	linux	/boot/vmlinuz-5.15.0-100-generic root=UUID=${ROOT_UUID} ro  quiet splash $vt_handoff
${indent}	initrd	/boot/initrd.img-5.15.0-100-generic`;
  return `if [ -s $prefix/grubenv ]; then
  set have_grubenv=true
  load_env
fi
if [ "\${initrdfail}" = 2 ]; then
   set initrdfail=
elif [ "\${initrdfail}" = 1 ]; then
   set next_entry="\${prev_entry}"
fi
if [ "\${next_entry}" ] ; then
   set default="\${next_entry}"
else
   set default="\${saved_entry}"
fi
if [ x"\${feature_menuentry_id}" = xy ]; then
  menuentry_id_option="--id"
else
  menuentry_id_option=""
fi
function gfxmode {
	set gfxpayload="\${1}"
	if [ "\${1}" = "keep" ]; then
		set vt_handoff=vt.handoff=7
	else
		set vt_handoff=
	fi
}
menuentry 'Ubuntu' --class ubuntu --class os $menuentry_id_option 'gnulinux-simple-x' {
	recordfail
	if [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
	set root='hd0,gpt2'
	if [ x$feature_platform_search_hint = xy ]; then
	  search --no-floppy --fs-uuid --set=root --hint-bios=hd0,gpt2 ${ROOT_UUID}
	else
	  search --no-floppy --fs-uuid --set=root ${ROOT_UUID}
	fi
${entry("")}
}
submenu 'Advanced options for Ubuntu' $menuentry_id_option 'gnulinux-advanced-x' {
	menuentry 'Ubuntu, with Linux 5.15.0-100-generic' --class os $menuentry_id_option 'gnulinux-5.15.0-100-generic-advanced-x' {
${entry("\t")}
	}
}
if [ "$grub_platform" = "efi" ]; then
	menuentry 'UEFI Firmware Settings' $menuentry_id_option 'uefi-firmware' {
		fwsetup
	}
fi
menuentry 'Memory test (memtest86+)' {
	linux16	/boot/memtest86+.bin
}
`;
}
