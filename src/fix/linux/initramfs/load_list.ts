/**
 * The files by which an initramfs is told to load modules, as each generator's own boot scripts read them.
 *
 * @module
 */
import type { CpioFile } from "./cpio_writer.ts";
import type { Generator } from "./generator.ts";
import { resolveInTree, textInTree, type Tree } from "./tree.ts";

/** The files that make the initramfs load the modules too; what they held before stays. */
export function loadListFiles(tree: Tree, generator: Generator, modules: readonly string[]): CpioFile[] {
  const files: (readonly [string, string])[] = [];
  if (generator === "initramfs-tools") {
    // scripts/functions, load_modules: one modprobe per line of /conf/modules.
    files.push(["conf/modules", addLines(textInTree(tree, "conf/modules"), modules)]);
  }
  if (generator === "dracut") {
    // dracut-lib.sh reads /etc/cmdline.d/*.conf; dracut-pre-udev loads rd.driver.pre, as for force_drivers.
    files.push(["etc/cmdline.d/hyper2kvm.conf", lines(modules.map((name) => `rd.driver.pre=${name}`))]);
  }
  if (generator === "mkinitcpio" && textInTree(tree, "config") !== undefined) {
    // /init sources /config and loads $MODULES.
    files.push(["config", addToConfig(textInTree(tree, "config")!, modules)]);
  }
  if (hasSystemd(tree)) {
    // systemd-modules-load(8) reads every /etc/modules-load.d/*.conf.
    files.push(["etc/modules-load.d/hyper2kvm.conf", lines(modules)]);
  }
  const encoder = new TextEncoder();
  return files.map(([path, text]) => ({ path: resolveInTree(tree, path), content: encoder.encode(text) }));
}

function hasSystemd(tree: Tree): boolean {
  return tree.has(resolveInTree(tree, "usr/lib/systemd/systemd-modules-load")) ||
    tree.has(resolveInTree(tree, "lib/systemd/systemd-modules-load"));
}

/** A text with a line for each name that has none yet; also `/etc/initramfs-tools/modules` is of this form. */
export function addLines(text: string | undefined, names: readonly string[]): string {
  const old = text ?? "";
  const present = new Set(old.split("\n").map((line) => line.trim().split(/\s/)[0]!.replaceAll("-", "_")));
  const missing = names.filter((name) => !present.has(name));
  const glue = old === "" || old.endsWith("\n") || missing.length === 0 ? "" : "\n";
  return old + glue + lines(missing);
}

/** mkinitcpio writes `MODULES="a b"` into /config, and no such line when there are none. */
function addToConfig(text: string, modules: readonly string[]): string {
  const line = /^MODULES="?([^"\n]*)"?$/m;
  const old = line.exec(text)?.[1]?.split(/\s+/).filter(Boolean) ?? [];
  const merged = `MODULES="${[...new Set([...old, ...modules])].join(" ")}"`;
  return line.test(text) ? text.replace(line, () => merged) : `${merged}\n${text}`;
}

function lines(items: readonly string[]): string {
  return items.map((item) => `${item}\n`).join("");
}
