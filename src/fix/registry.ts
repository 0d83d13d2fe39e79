/**
 * The fixes of Linux guests, in the order in which they plan: each sees the changes of those before it.
 *
 * @module
 */
import type { Fix } from "./fix.ts";
import { bootMenus } from "./linux/boot_menus.ts";
import { cloudInit } from "./linux/cloud_init.ts";
import { crypttab } from "./linux/crypttab.ts";
import { crypttabInitramfs } from "./linux/crypttab_initramfs.ts";
import { deviceMap } from "./linux/device_map.ts";
import { deviceCaches } from "./linux/device_caches.ts";
import { efiFallback } from "./linux/efi_fallback.ts";
import { firstBootScripts } from "./linux/first_boot_scripts.ts";
import { fstab } from "./linux/fstab.ts";
import { grub } from "./linux/grub.ts";
import { guestAgent } from "./linux/guest_agent.ts";
import { initramfs } from "./linux/initramfs.ts";
import { machineId } from "./linux/machine_id.ts";
import { networkDhcp } from "./linux/network_dhcp.ts";
import { networkNames } from "./linux/network_names.ts";
import { networkRename } from "./linux/network_rename.ts";
import { resume } from "./linux/resume.ts";
import { unifiedKernelImages } from "./linux/unified_kernels.ts";
import { vmSettings } from "./linux/vm_settings.ts";
import { vmwareTools } from "./linux/vmware_tools.ts";
import { vmwareUdev } from "./linux/vmware_udev.ts";

/** Every fix of a Linux guest. */
export const LINUX_FIXES: readonly Fix[] = [
  fstab,
  crypttab,
  crypttabInitramfs, // after the names: its lines are those of UUIDs
  grub,
  bootMenus,
  deviceMap,
  efiFallback,
  resume,
  initramfs,
  unifiedKernelImages,
  vmwareUdev, // before the names: a cleaned rule may already keep one
  networkRename, // before the names: those that stay are kept there
  networkNames,
  networkDhcp,
  deviceCaches,
  vmSettings,
  vmwareTools,
  guestAgent,
  machineId,
  cloudInit,
  firstBootScripts,
];
