/**
 * Which program made an initramfs: it decides where the list of modules to load stands.
 *
 * @module
 */
import type { Tree } from "./tree.ts";

/** The programs that are told apart. */
export type Generator = "initramfs-tools" | "dracut" | "mkinitcpio" | "unknown";

/** What only one of them puts into an initramfs, first match wins. */
const MARKS: readonly (readonly [RegExp, Generator])[] = [
  // initramfs-tools: mkinitramfs copies its configuration and the functions of its scripts.
  [/^(conf\/initramfs\.conf|conf\/arch\.conf|scripts\/functions)$/, "initramfs-tools"],
  // mkinitcpio: `parse_config` keeps the configuration as /buildconfig, the base hook has /init_functions.
  [/^(buildconfig|init_functions)$/, "mkinitcpio"],
  // dracut: module lists, version and hooks; etc/initrd-release is no mark, mkinitcpio has it too.
  [/^(usr\/)?lib\/(dracut\/|dracut-lib\.sh$|dracut-dev-lib\.sh$)/, "dracut"],
];

/** The program that made an initramfs. */
export function detectGenerator(tree: Tree): Generator {
  const names = [...tree.keys()];
  return MARKS.find(([mark]) => names.some((name) => mark.test(name)))?.[1] ?? "unknown";
}
