/**
 * The initramfs images of the root filesystem with storage tools: one for most guests, and one for each layout that
 * its own initramfs has to know.
 *
 * @module
 */
import { join } from "@std/path";
import type { Tree } from "./disk.ts";

/** The layouts with an image of their own. */
export type ImageFlavour = "luks" | "raid";

/** Makes the wanted image the guest's only one. */
export async function chooseImage(tree: Tree, wanted?: ImageFlavour): Promise<void> {
  const boot = join(tree.path, "boot");
  for (const { name } of await Array.fromAsync(Deno.readDir(boot))) {
    const [, base, flavour] = /^(initrd\.img-.+)\.(luks|raid)$/.exec(name) ?? [];
    if (base === undefined) continue;
    if (flavour === wanted) await Deno.rename(join(boot, name), join(boot, base));
    else await Deno.remove(join(boot, name));
  }
}
