/**
 * The boot menu of a GRUB 2 guest: the configuration file, its environment block and the entries of the
 * Boot Loader Specification put together.
 *
 * @module
 */
import { type BlsEntry, fillIn } from "./bls.ts";
import type { GrubItem, GrubMenu } from "./grub_cfg.ts";
import type { MenuEntry } from "./kernel_paths.ts";

/** An entry, and the id of the Boot Loader Specification's file that it is from. */
export interface GrubMenuEntry extends MenuEntry {
  /** Set for entries of the Boot Loader Specification. */
  readonly blsId?: string;
}

/** Puts the menu together; `bls` are the entries in GRUB's order. */
export function buildGrubMenu(menu: GrubMenu, bls: readonly BlsEntry[]): readonly GrubMenuEntry[] {
  const items = expandBls(menu, bls);
  const chosen = items.indexOf(defaultItem(items, menu.variables.get("default") ?? "") ?? items[0]!);
  return items.map((item, index) => ({
    title: item.titles.join(">"),
    kernel: item.kernel,
    initrds: item.initrds,
    cmdline: item.cmdline,
    isDefault: index === chosen,
    ...(item.blsId === undefined ? {} : { blsId: item.blsId }),
  })).filter((entry) => entry.kernel !== "");
}

type Item = GrubItem & { readonly blsId?: string };

/** Replaces the place of `blscfg` by its entries, and moves the top-level positions after it. */
function expandBls(menu: GrubMenu, bls: readonly BlsEntry[]): readonly Item[] {
  let shift = 0;
  return menu.items.flatMap((item): Item[] => {
    const top = (item.index[0] ?? 0) + shift;
    if (!item.isBls) return [{ ...item, index: [top, ...item.index.slice(1)] }];
    shift += bls.length - 1;
    return bls.map((entry, at) => ({
      index: [top + at],
      titles: [...item.titles, fillIn(entry.title, menu.variables)],
      ids: [...item.ids, entry.id],
      kernel: entry.kernel,
      initrds: entry.initrds.map((path) => fillIn(path, menu.variables)).filter(Boolean),
      cmdline: fillIn(entry.options, menu.variables),
      isBls: true,
      blsId: entry.id,
    }));
  });
}

/** The item that `default` names by position, identifier or title; a submenu stands for its first entry. */
function defaultItem(items: readonly Item[], wanted: string): Item | undefined {
  const steps = (wanted === "" || wanted === "saved" ? "0" : wanted).split(">");
  return items.find((item) => matches(item, steps)) ?? items.find((item) => item.titles.join(">") === wanted);
}

function matches(item: Item, steps: readonly string[]): boolean {
  return steps.every((step, at) =>
    step === String(item.index[at]) || step === item.ids[at] || step === item.titles[at]
  );
}
