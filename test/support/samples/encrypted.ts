/** Debian on LVM in LUKS, with a second encrypted disk that only holds data. */
import type { Sample } from "./sample.ts";

/** UUID of the volume that the root filesystem lies in. */
export const LUKS_UUID = "11111111-2222-3333-4444-555555555555";

/** Debian on LVM in LUKS. */
export const ENCRYPTED: Sample = {
  name: "Debian in LUKS",
  root: "/dev/vg/root",
  filesystems: [
    { device: "/dev/sda1", type: "ext4", uuid: "2b0f5c1e-7d0a-4b57-8a59-3f2f1e0d9c8b" },
    { device: "/dev/sda2", type: "crypto_LUKS", uuid: LUKS_UUID },
    { device: "/dev/sdb1", type: "crypto_LUKS", uuid: "99999999-2222-3333-4444-555555555555" },
    {
      device: "/dev/vg/root",
      type: "ext4",
      uuid: "6a1c1a3e-0f6c-4f0e-9f0e-3d1b6f0a7c12",
      within: "/dev/sda2",
    },
    { device: "/dev/mapper/luks-sdb1", type: "xfs", within: "/dev/sdb1" },
  ],
  files: {
    "/etc/fstab": "/dev/mapper/vg-root / ext4 errors=remount-ro 0 1\n/dev/sda1 /boot ext4 defaults 0 2\n",
    "/etc/crypttab": "root_crypt /dev/sda2 none luks,discard\ndata_crypt /dev/sdb1 /etc/data.key luks\n",
    "/usr/share/initramfs-tools/hooks/cryptroot": "#!/bin/sh\n",
  },
};
