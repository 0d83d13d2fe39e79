/**
 * The menu of GRUB Legacy, `menu.lst` or `grub.conf` (GRUB Legacy manual, section "Configuration").
 *
 * @module
 */
import type { MenuEntry } from "./kernel_paths.ts";

/** A saved default (`default saved`) is in a binary file; the first entry stands in for it. */
const FIRST = 0;

/** Reads a menu; entries that load no kernel are left out. */
export function parseMenuLst(text: string): readonly MenuEntry[] {
  let defaultIndex = FIRST;
  const entries: { title: string; kernel: string; cmdline: string; initrds: string[] }[] = [];
  for (const line of text.split("\n")) {
    const match = /^\s*([a-z]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line);
    if (match === null) continue;
    const [, command, rest] = match as unknown as [string, string, string];
    const entry = entries.at(-1);
    if (command === "title") entries.push({ title: rest, kernel: "", cmdline: "", initrds: [] });
    else if (command === "default" && entry === undefined) defaultIndex = Number.parseInt(rest) || FIRST;
    else if (command === "kernel" && entry !== undefined) Object.assign(entry, kernelLine(rest));
    else if (command === "initrd" && entry !== undefined) entry.initrds = rest.split(/\s+/);
  }
  return entries
    .map((entry, index) => ({ ...entry, isDefault: index === defaultIndex }))
    .filter((entry) => entry.kernel !== "");
}

/** Splits `[--option]… kernel arguments`. */
function kernelLine(text: string): { kernel: string; cmdline: string } {
  const words = text.split(/\s+/);
  const at = words.findIndex((word) => !word.startsWith("--"));
  return { kernel: words[at] ?? "", cmdline: words.slice(at + 1).join(" ") };
}
