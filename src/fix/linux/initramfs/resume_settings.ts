/**
 * The resume device inside an initramfs of initramfs-tools: mkinitramfs copies the guest's settings into it, so
 * that a name of VMware's disks is there too, and the boot waits for it.
 *
 * @module
 */
import type { Devices } from "../device_names.ts";
import { stabilizeResume } from "../resume.ts";
import type { CpioFile } from "./cpio_writer.ts";
import { textInTree, type Tree } from "./tree.ts";

/** The files of the image that hold settings. */
export const RESUME_SETTINGS = /^conf\/(initramfs\.conf|conf\.d\/[^/]+)$/;

/** The settings that name the resume device by a name that does not last, as they should be. */
export function resumeFiles(tree: Tree, devices: Devices): CpioFile[] {
  return [...tree.keys()].filter((path) => RESUME_SETTINGS.test(path)).flatMap((path) => {
    const before = textInTree(tree, path);
    if (before === undefined) return [];
    const { text } = stabilizeResume(before, devices);
    return text === before ? [] : [{ path, content: new TextEncoder().encode(text) }];
  });
}
