/**
 * Makes the root device of GRUB Legacy and EXTLINUX menus independent of disk names.
 *
 * @module
 */
import type { Guest } from "../../model/guest.ts";
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";
import type { Devices } from "./device_names.ts";
import { recordNames } from "./record_names.ts";
import { type ArgumentsResult, preferredNames, stabilizeArguments } from "./kernel_arguments.ts";

const ID = "boot-menus";
const MENU = /\/(menu\.lst|grub\.conf|extlinux\.conf|syslinux\.cfg)$/;
/** Kernel lines of both formats, and the comments from which Debian's update-grub makes them again. */
const KERNEL_LINE = /^\s*(kernel|module|append)\s|^#\s*(kopt\w*|defoptions|altoptions|xenkopt)=/i;

/** Rewrites the device arguments of a menu.lst, grub.conf or extlinux.conf. */
export function stabilizeMenu(
  text: string,
  devices: Devices,
  order = preferredNames([], ""),
): ArgumentsResult {
  return stabilizeArguments(text, devices, (line) => KERNEL_LINE.test(line), order);
}

function menusOf(guest: Guest): readonly string[] {
  return [...new Set(guest.bootEntries.map(({ file }) => file))].filter((file) => MENU.test(file));
}

async function plan({ files, guest }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  for (const path of menusOf(guest)) {
    const before = await files.readText(path);
    if (before === null) continue;
    const result = stabilizeMenu(before, guest, preferredNames(guest.bootEntries, path));
    await recordNames(draft, files, ID, { path, before, result, what: "A kernel argument in" });
  }
  return draft.finish();
}

/** Makes the root device of GRUB Legacy and EXTLINUX menus independent of disk names. */
export const bootMenus: Fix = {
  id: ID,
  title: "Name the root device by UUID in the boot menu",
  applies: (guest) => guest.osType === "linux" && menusOf(guest).length > 0,
  plan,
};
