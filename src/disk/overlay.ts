/**
 * Overlays: every fix goes to a qcow2 file on top of the source, so that the source is never written and no
 * working copy is made.
 *
 * @module
 */
import { join } from "@std/path";
import type { SourceDisk } from "../model/disk.ts";
import { runCommand } from "../run/command.ts";
import type { Resize } from "./resize.ts";
import { overlayArgs } from "./qemu_img.ts";

/** The writable top of one source disk. */
export interface Overlay {
  /** Path of the qcow2 overlay. */
  readonly path: string;
  /** The disk that it stands on. */
  readonly source: SourceDisk;
}

/**
 * Makes one overlay for each disk, in order, in a folder.
 *
 * @param resize the disk that is larger in its overlay than in the source
 */
export async function createOverlays(
  disks: readonly SourceDisk[],
  folder: string,
  signal: AbortSignal,
  resize?: Resize,
): Promise<Overlay[]> {
  const overlays: Overlay[] = [];
  for (const [index, source] of disks.entries()) {
    const path = join(folder, `overlay-${index + 1}.qcow2`);
    const sizeBytes = resize?.disk === index ? resize.sizeBytes : undefined;
    await runCommand("qemu-img", overlayArgs(path, source.image, source.format, sizeBytes), { signal });
    overlays.push({ path, source });
  }
  return overlays;
}
