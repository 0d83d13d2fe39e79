/**
 * The files and the disk of RHEL 8.
 *
 * @module
 */
import { BOOT_UUID, type Family, family } from "./family.ts";
import { kernelFiles, MERGED_USR } from "../kernel.ts";
import { RHEL8 } from "../rhel8.ts";
import { ROOT_UUID, SWAP_UUID } from "../sample.ts";

const RHEL8_RELEASES = ["4.18.0-553.el8.x86_64", "4.18.0-80.el8.x86_64"] as const;

/** RHEL 8: GRUB 2 with BLS entries, their arguments in grubenv, dracut, XFS, an ifcfg file. */
export const RHEL_8: Family = family({
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
