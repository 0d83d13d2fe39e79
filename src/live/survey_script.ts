/**
 * The one script that looks at a running guest: its answer has everything that inspection and most fixes read, so
 * that a slow line costs one round trip.
 *
 * @module
 */

import { quote } from "../ssh/arguments.ts";

/** Folders whose names are listed. */
const LISTED = [
  ..."/ /usr /usr/lib /usr/lib64 /usr/bin /usr/sbin /usr/local /usr/local/sbin /bin /sbin /lib /lib64".split(
    " ",
  ),
  ..."/usr/lib/modules /usr/lib/modules/* /lib/modules /lib/modules/* /usr/lib/systemd".split(" "),
  ..."/usr/lib/systemd/system /usr/lib/systemd/network /lib/systemd/system /lib/systemd/network".split(" "),
  ..."/var /var/lib /var/lib/dbus /var/lib/dpkg /var/lib/dpkg/info /var/lib/rpm /var/lib/pacman".split(" "),
  ..."/usr/lib/sysimage /usr/lib/sysimage/rpm /var/lib/pacman/local /efi /opt /usr/lib/*-linux-gnu".split(
    " ",
  ),
];

/** Folders that are listed with all that is below them. */
const LISTED_DEEP = ["/etc", "/boot", "/efi"];

/** Configuration that fixes read: files, and folders with their files. Passwords and keys of hosts are not there. */
const READ = ("fstab crypttab os-release hostname machine-id modules mkinitcpio.conf inittab blkid.tab " +
  "default/grub default/grub.d kernel/cmdline lvm/devices lvm/cache lvm/.cache blkid selinux/config " +
  "network netplan NetworkManager/system-connections sysconfig/network sysconfig/network-scripts " +
  "systemd/network systemd/system udev/rules.d modprobe.d modules-load.d X11/xorg.conf X11/xorg.conf.d " +
  "initramfs-tools dracut.conf.d").split(" ").map((name) => `/etc/${name}`);

/** Largest file that is sent along; a larger one is asked for when a fix wants it. */
const SENT_KIB = 256;

/** What the survey asks lsblk(8) for. */
export const LSBLK_COLUMNS = "NAME,KNAME,PKNAME,MAJ:MIN,TYPE,FSTYPE,UUID,LABEL,PARTUUID";

/** Programs that the scripts of a run need. */
const NEEDED = "find tar stat readlink sha256sum cp mv sync timeout dd lsblk findmnt findfs flock".split(" ");

/** One line for each entry: kind, length, target of a link, path. */
const ENTRY = String.raw`'%y\t%s\t%l\t%p\0'`;

/** The kind of a record that names a folder of which everything follows. */
export const COMPLETE = "complete";

/** A script that lists one folder as the survey does. */
export function listScript(folder: string): string {
  return `find ${quote(folder)} -mindepth 1 -maxdepth 1 -printf ${ENTRY} 2>/dev/null`;
}

/** The script; it changes nothing. */
export function surveyScript(): string {
  return `
fact() { printf '%s\\t%s\\0' "$1" "$2"; }
${FACTS.trim()}
for tool in ${NEEDED.join(" ")}; do command -v $tool >/dev/null || fact missing "$tool"; done
find / -maxdepth 0 -printf '' 2>/dev/null || fact missing "GNU find"
tar --version 2>/dev/null | grep -q GNU || fact missing "GNU tar"
printf '\\0'
real() {
  for one; do if [ -d "$one" ]; then set -- "$@" "$one"; fi; shift; done
  readlink -f "$@" | sort -u
}
IFS='
'
folders=$(real ${LISTED.join(" ")})
printf '${COMPLETE}\\t0\\t\\t%s\\0' $folders
find $folders -mindepth 1 -maxdepth 1 -printf ${ENTRY} 2>/dev/null
printf '\\0'
find $(real ${LISTED_DEEP.join(" ")}) -printf ${ENTRY} 2>/dev/null
printf '\\0'
{
  find ${READ.join(" ")} -type f -size -${SENT_KIB}k -print0
  find /boot -type f -size -${SENT_KIB}k \\( -name '*.conf' -o -name '*.cfg' -o -name grubenv -o -name '*.lst' \\
    -o -name device.map \\) ! -path '*/i386-pc/*' ! -path '*/x86_64-efi/*' -print0
  find /usr/lib/os-release -type f -print0
} 2>/dev/null | tar --null --no-recursion -T - -cf - 2>/dev/null
`;
}

/** The facts of {@linkcode surveyScript}; each may be absent. */
const FACTS = `
fact init "$(cat /proc/1/comm 2>/dev/null)"
[ -d /run/systemd/system ] && fact systemd yes
if [ -e /run/.containerenv ] || [ -e /.dockerenv ] || tr '\\0' '\\n' </proc/1/environ | grep -q ^container=; then
  fact container yes
fi
fact release "$(uname -r)"
[ -d /sys/firmware/efi ] && fact uefi yes
fact vendor "$(cat /sys/class/dmi/id/sys_vendor 2>/dev/null)"
fact mountinfo "$(cat /proc/self/mountinfo)"
fact lsblk "$(lsblk -P -p -o ${LSBLK_COLUMNS} 2>/dev/null)"
fact links "$(find /dev -type l ! -path '/dev/fd*' -printf '%p\\t%l\\n' 2>/dev/null)"
fact drivers "$(find /sys/bus/*/devices/*/ -maxdepth 1 -name driver -printf '%h\\t%l\\n' 2>/dev/null)"
fact cards "$(for card in /sys/class/net/*; do
  [ -e "$card/device" ] || continue
  mac=$(cat "$card/bonding_slave/perm_hwaddr" 2>/dev/null || cat "$card/address")
  driver=$(readlink "$card/device/driver")
  printf '%s\\t%s\\t%s\\n' "\${card##*/}" "$mac" "\${driver##*/}"
done)"
`;
