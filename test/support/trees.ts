/**
 * Unpacked initramfs trees for tests.
 *
 * @module
 */
import type { CpioMember } from "../../src/fix/linux/initramfs/cpio_reader.ts";
import type { Tree } from "../../src/fix/linux/initramfs/tree.ts";

/** A tree of files with text; `-> target` is a link. */
export function treeOf(entries: Readonly<Record<string, string>>): Tree {
  const member = (name: string, text: string): CpioMember => {
    const content = new TextEncoder().encode(text.replace(/^-> /, ""));
    return { name, mode: text.startsWith("-> ") ? 0o120777 : 0o100644, sizeBytes: content.length, content };
  };
  return new Map(Object.entries(entries).map(([name, text]) => [name, member(name, text)]));
}
