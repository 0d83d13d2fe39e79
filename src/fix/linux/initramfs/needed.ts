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
  // The initramfs mounts /usr too, because init lives there (initramfs-tools, dracut and mkinitcpio alike).
  const usr = guest.mounts.filter(({ path }) => path === "/usr").map(({ device }) => device);
  for (const device of [guest.root, ...usr]) {
    for (const driver of driversOf(splitSubvolume(device).device, guest)) {
      if (!needed.some(({ anyOf }) => anyOf[0] === driver.anyOf[0])) needed.push(driver);
    }
  }
  return needed;
}

/** What mounts one filesystem: its own driver, and those of what it lies on. */
function driversOf(device: string, guest: Guest): readonly NeededDriver[] {
  const filesystem = guest.filesystems.find((one) => one.device === device);
  const modules = FILESYSTEM_MODULES[filesystem?.type ?? ""];
  return [
    ...(modules === undefined ? [] : [modules]),
    ...(/^\/dev\/md/.test(device) ? [["md_mod"]] : isMapped(device) ? [["dm_mod"]] : []),
    ...(filesystem?.within === undefined ? [] : [["dm_crypt"]]),
  ].map((anyOf) => ({ anyOf, required: true }));
}

/** Whether the initramfs itself uses the network; otherwise virtio_net is loaded from the root filesystem. */
export function bootsOverNetwork(entry: BootEntry): boolean {
  return NETWORK_BOOT.test(entry.cmdline);
}

/** `/dev/mapper/x` and `/dev/GROUP/VOLUME` belong to the device mapper. */
function isMapped(device: string): boolean {
  return /^\/dev\/(mapper|dm-|[^/]+\/[^/]+$)/.test(device);
}
