#!/bin/sh
# Gives a root the users that log in over SSH: root, one with sudo and a password, one with sudo and none, one
# without sudo. Everybody's key is in one file, which the recipe writes.
# usage: ssh_look.sh ROOT, with GUEST_SUDO_PASSWORD in the environment; run by mmdebstrap.
set -eu
root=$1

for user in admin deploy visitor; do
	chroot "$root" useradd -m -s /bin/sh "$user"
	echo "$user:$GUEST_SUDO_PASSWORD" | chroot "$root" chpasswd
done
printf 'admin ALL=(ALL:ALL) ALL\ndeploy ALL=(ALL:ALL) NOPASSWD: ALL\n' >"$root/etc/sudoers.d/guests"
chmod 0440 "$root/etc/sudoers.d/guests"
printf 'AuthorizedKeysFile /etc/ssh/authorized_keys\nUseDNS no\n' >"$root/etc/ssh/sshd_config.d/guest.conf"

# Settings for VMware's hardware, which the machine needs as long as it has that.
printf 'vmxnet3\n' >>"$root/etc/modules"
