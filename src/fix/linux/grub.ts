/**
 * Makes the root device of GRUB 2 independent of disk names: in its menu, in the entries of the Boot Loader
 * Specification, in its environment block, and in the settings from which the menu is made again.
 *
 * @module
 */
import { parseGrubenv, setInGrubenv } from "../../guest/boot_entries/grubenv.ts";
import { grubFolders } from "../../guest/boot_entries.ts";
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";
import type { Devices } from "./device_names.ts";
import { recordNames } from "./record_names.ts";
import { type ArgumentsResult, preferredNames, stabilizeArguments } from "./kernel_arguments.ts";

const ID = "grub";
const SETTINGS = "/etc/default/grub";
const SETTINGS_FOLDER = "/etc/default/grub.d";
/** What kernel-install writes into new entries. */
const KERNEL_CMDLINE = "/etc/kernel/cmdline";
/** Where mkinitcpio (arguments) and dracut (`kernel_cmdline`) read what goes into new unified kernel images. */
const CMDLINE_FOLDERS = ["/etc/cmdline.d", "/etc/dracut.conf.d"] as const;
const BLS_FOLDERS = ["/boot/loader/entries", "/boot/efi/loader/entries", "/efi/loader/entries"] as const;

/** Lines of grub.cfg with kernel arguments: `linux…`, Xen's `module…`, and the default of `$kernelopts`. */
const GRUB_CFG_LINE = /^\s*(linux\S*|module2?|(set\s+)?\w*kernelopts=|(set\s+)?\w*cmdline\w*=)/;
const BLS_LINE = /^\s*options\s/;
const COMMENT = /^\s*#/;
/** Settings that make grub-mkconfig name the root by its device. */
const DISABLES_UUID = /^(\s*)((?:export\s+)?GRUB_DISABLE_(?:LINUX_)?UUID=(["']?)true\3\s*(?:#.*)?)$/;

/** Rewrites `root=`, `resume=` and the default `kernelopts` in a grub.cfg. */
export function stabilizeGrubCfg(
  text: string,
  devices: Devices,
  order = preferredNames([], ""),
): ArgumentsResult {
  return stabilizeArguments(text, devices, (line) => GRUB_CFG_LINE.test(line), order);
}

/** Rewrites the `options` of an entry of the Boot Loader Specification. */
export function stabilizeBls(
  text: string,
  devices: Devices,
  order = preferredNames([], ""),
): ArgumentsResult {
  return stabilizeArguments(text, devices, (line) => BLS_LINE.test(line), order);
}

/** Rewrites `kernelopts` in an environment block, which stays 1024 bytes long. */
export function stabilizeGrubenv(text: string, devices: Devices): ArgumentsResult {
  const options = parseGrubenv(text).get("kernelopts");
  const result = stabilizeArguments(options ?? "", devices);
  if (result.changed.length === 0) return { ...result, text };
  const edited = setInGrubenv(text, "kernelopts", result.text);
  if (edited !== null) return { ...result, text: edited };
  const unresolved = result.changed.map((change) => `${change} (no room in the 1024 bytes of the file)`);
  return {
    text,
    changed: [],
    leftAlone: result.leftAlone,
    unresolved: [...result.unresolved, ...unresolved],
  };
}

/** Rewrites the device arguments in /etc/default/grub, and turns off what brings device names back. */
export function stabilizeGrubSettings(text: string, devices: Devices): ArgumentsResult {
  const changed: string[] = [];
  const lines = text.split("\n").map((line) => {
    const match = DISABLES_UUID.exec(line);
    if (match === null) return line;
    changed.push(`${match[2]!.trim()} → commented out`);
    return `${match[1]}#${match[2]}`;
  });
  const result = stabilizeArguments(lines.join("\n"), devices, (line) => !COMMENT.test(line));
  return { ...result, changed: [...changed, ...result.changed] };
}

type Rewrite = (text: string, file: string) => ArgumentsResult;

async function plan({ guest, files }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  const order = (file: string): ReturnType<typeof preferredNames> => preferredNames(guest.bootEntries, file);
  const rewrite = async (path: string, edit: Rewrite): Promise<void> => {
    const before = await files.readText(path);
    if (before === null) return;
    const result = edit(before, path);
    await recordNames(draft, files, ID, { path, before, result, what: "A kernel argument in" });
  };
  for (const folder of await grubFolders(files, guest.firmware)) {
    const names = await files.list(folder);
    if (names.includes("grub.cfg")) {
      await rewrite(`${folder}/grub.cfg`, (text, file) => stabilizeGrubCfg(text, guest, order(file)));
    }
    if (names.includes("grubenv")) {
      await rewrite(`${folder}/grubenv`, (text) => stabilizeGrubenv(text, guest));
    }
  }
  for (const folder of BLS_FOLDERS) {
    for (const name of (await files.list(folder)).filter((one) => one.endsWith(".conf"))) {
      await rewrite(`${folder}/${name}`, (text, file) => stabilizeBls(text, guest, order(file)));
    }
  }
  const parts = (await files.list(SETTINGS_FOLDER)).filter((name) => name.endsWith(".cfg"));
  for (const path of [SETTINGS, ...parts.map((name) => `${SETTINGS_FOLDER}/${name}`)]) {
    await rewrite(path, (text) => stabilizeGrubSettings(text, guest));
  }
  await rewrite(KERNEL_CMDLINE, (text) => stabilizeArguments(text, guest));
  for (const folder of CMDLINE_FOLDERS) {
    for (const name of (await files.list(folder)).filter((one) => one.endsWith(".conf"))) {
      await rewrite(`${folder}/${name}`, (text) => stabilizeArguments(text, guest));
    }
  }
  return draft.finish();
}

/** Makes the root device of GRUB 2 independent of disk names. */
export const grub: Fix = {
  id: ID,
  title: "Name the root device by UUID in GRUB 2",
  applies: (guest) => guest.osType === "linux",
  plan,
};
