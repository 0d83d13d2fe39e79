/**
 * The drivers that an initramfs needs to mount the root filesystem of a guest on virtio disks.
 *
 * @module
 */
import { splitSubvolume } from "../../../guest/devices.ts";
import type { BootEntry, Guest } from "../../../model/guest.ts";

/** One driver that is needed. */
export interface NeededDriver {
  /** Names of modules of which one is enough, the preferred one first. */
  readonly anyOf: readonly string[];
  /** Whether the guest cannot boot without it; otherwise it is added where the kernel has it. */
  readonly required: boolean;
}

/** Modules that mount each filesystem type; ext4 stands in for its elders, as most kernels are built. */
const FILESYSTEM_MODULES: Readonly<Record<string, readonly string[]>> = {
  ext2: ["ext4", "ext2"],
  ext3: ["ext4", "ext3"],
  ext4: ["ext4"],
  xfs: ["xfs"],
  btrfs: ["btrfs"],
  f2fs: ["f2fs"],
  jfs: ["jfs"],
  reiserfs: ["reiserfs"],
};

/** Kernel arguments that make the initramfs bring the network up (initramfs-tools(7), dracut.cmdline(7)). */
const NETWORK_BOOT =
  /(^|\s)(ip=(?!off|none)|nfsroot=|netroot=|root=(\/dev\/nfs|nfs:|nbd:|iscsi:)|rd\.neednet(=1)?(\s|$))/;

/** What the initramfs of a boot entry needs. */
export function neededDrivers(guest: Guest, entry: BootEntry): readonly NeededDriver[] {
  const needed: NeededDriver[] = [
    { anyOf: ["virtio_pci"], required: true },
    { anyOf: ["virtio_blk"], required: true },
    { anyOf: ["virtio_scsi"], required: false },
    { anyOf: ["sd_mod"], required: false }, // disks behind virtio_scsi
  ];
  if (bootsOverNetwork(entry)) needed.push({ anyOf: ["virtio_net"], required: true });
  const { device: root } = splitSubvolume(guest.root);
  const filesystem = guest.filesystems.find(({ device }) => device === root);
  const modules = FILESYSTEM_MODULES[filesystem?.type ?? ""];
  if (modules !== undefined) needed.push({ anyOf: modules, required: true });
  const device = filesystem?.device ?? root;
  if (/^\/dev\/md/.test(device)) needed.push({ anyOf: ["md_mod"], required: true });
  else if (isMapped(device)) needed.push({ anyOf: ["dm_mod"], required: true });
  if (filesystem?.within !== undefined) needed.push({ anyOf: ["dm_crypt"], required: true });
  return needed;
}

/** Whether the initramfs itself uses the network; otherwise virtio_net is loaded from the root filesystem. */
export function bootsOverNetwork(entry: BootEntry): boolean {
  return NETWORK_BOOT.test(entry.cmdline);
}

/** `/dev/mapper/x` and `/dev/GROUP/VOLUME` belong to the device mapper. */
function isMapped(device: string): boolean {
  return /^\/dev\/(mapper|dm-|[^/]+\/[^/]+$)/.test(device);
}
