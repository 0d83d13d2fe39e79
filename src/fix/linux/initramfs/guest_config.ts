/**
 * Names drivers in the guest's own configuration, so that the initramfs of its next kernel has them too.
 *
 * @module
 */
import type { TextChange } from "../../../model/change.ts";
import type { GuestFiles } from "../../../guest/files.ts";
import type { Generator } from "./generator.ts";
import { addLines } from "./load_list.ts";

/** Where each generator reads its drivers from, and how a driver is named there. */
const CONFIGURATIONS: Readonly<
  Record<Generator, { readonly path: string; edit(text: string, names: readonly string[]): string } | null>
> = {
  "initramfs-tools": { path: "/etc/initramfs-tools/modules", edit: addLines },
  // dracut.conf(5): add_drivers takes module names with blanks around them.
  "dracut": { path: "/etc/dracut.conf.d/hyper2kvm.conf", edit: addToDracut },
  "mkinitcpio": { path: "/etc/mkinitcpio.conf", edit: addToMkinitcpio },
  "unknown": null,
};

/** The change that names the modules, null when they are named already; undefined for an unknown generator. */
export async function configurationChange(
  files: GuestFiles,
  generator: Generator,
  modules: readonly string[],
  fix: string,
): Promise<TextChange | null | undefined> {
  const configuration = CONFIGURATIONS[generator];
  if (configuration === null) return undefined;
  const { path, edit } = configuration;
  const before = await files.readText(path);
  const after = edit(before ?? "", modules);
  if (after === before) return null;
  const why = `So that the initramfs of the next kernel update has ${modules.join(", ")} too.`;
  return { kind: "text", fix, path, before, after, why };
}

function addToDracut(text: string, modules: readonly string[]): string {
  const named = [...text.matchAll(/^\s*(?:add|force)_drivers\+?="([^"]*)"/gm)].flatMap((match) =>
    match[1]!.split(/\s+/)
  );
  const missing = modules.filter((name) => !named.includes(name));
  if (missing.length === 0) return text;
  return `${text}# Drivers of the KVM machine.\nadd_drivers+=" ${missing.join(" ")} "\n`;
}

/** mkinitcpio.conf(5): `MODULES=(a b)`, in old files `MODULES="a b"`; comments inside the list are kept. */
function addToMkinitcpio(text: string, modules: readonly string[]): string {
  const setting = /^([ \t]*MODULES=)(?:(\()([^)]*)\)|(")([^"\n]*)")/m;
  const match = setting.exec(text);
  const list = match?.[3] ?? match?.[5] ?? "";
  const named = list.replaceAll(/#.*/g, "").split(/\s+/);
  const missing = modules.filter((name) => !named.includes(name)).join(" ");
  if (missing === "") return text;
  if (match === null) return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}MODULES=(${missing})\n`;
  const glue = list === "" || /^\s/.test(list) ? "" : " ";
  const at = match.index + match[1]!.length + 1;
  return text.slice(0, at) + missing + glue + text.slice(at);
}
