/**
 * The sample guests by name.
 *
 * @module
 */
import { BIOS } from "./bios.ts";
import { BTRFS } from "./btrfs.ts";
import { LUKS_LVM } from "./luks.ts";
import { LVM2 } from "./lvm2.ts";
import { RAID1 } from "./raid.ts";
import type { Recipe } from "./recipe.ts";
import { UEFI } from "./uefi.ts";

/** The recipes. */
export const RECIPES = {
  bios: BIOS,
  uefi: UEFI,
  lvm2: LVM2,
  luks: LUKS_LVM,
  btrfs: BTRFS,
  raid: RAID1,
} as const satisfies Record<string, Recipe>;

/** The kinds of sample guest. */
export type GuestKind = keyof typeof RECIPES;
