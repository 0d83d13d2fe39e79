/**
 * The files and the disk of Fedora 40.
 *
 * @module
 */
import { BOOT_UUID, ESP_UUID, type Family, family, ROOT_UUIDS } from "./family.ts";
import { kernelFiles, MERGED_USR } from "../kernel.ts";

const FEDORA_RELEASE = "6.8.5-301.fc40.x86_64";

/** Fedora 40: UEFI, BLS entries with UUIDs, btrfs subvolumes, NetworkManager. */
export const FEDORA_40: Family = family({
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
