/**
 * The fixes of Linux guests, in the order in which they plan: each sees the changes of those before it.
 *
 * @module
 */
import type { Fix } from "./fix.ts";
import { bootMenus } from "./linux/boot_menus.ts";
import { crypttab } from "./linux/crypttab.ts";
import { deviceMap } from "./linux/device_map.ts";
import { fstab } from "./linux/fstab.ts";
import { grub } from "./linux/grub.ts";
import { initramfs } from "./linux/initramfs.ts";
import { networkNames } from "./linux/network_names.ts";
import { vmwareUdev } from "./linux/vmware_udev.ts";

/** Every fix of a Linux guest. */
export const LINUX_FIXES: readonly Fix[] = [
  fstab,
  crypttab,
  grub,
  bootMenus,
  deviceMap,
  initramfs,
  vmwareUdev, // before the names: a cleaned rule may already keep one
  networkNames,
];
