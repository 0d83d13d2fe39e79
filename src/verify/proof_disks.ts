/**
 * The throw-away overlays that a boot proof writes to instead of the images.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import { overlayArgs } from "../disk/qemu_img.ts";
import { runCommand } from "../run/command.ts";
import type { GuestPlan, ProofDisk } from "./proof_guest.ts";

/** The overlays that are ready, or new ones in the folder. */
export async function proofDisks(
  { disks, overlays }: Pick<GuestPlan, "disks" | "overlays">,
  folder: string,
  signal: AbortSignal,
): Promise<ProofDisk[]> {
  if (overlays !== undefined) return overlays.map((path) => ({ path: resolve(path), format: "qcow2" }));
  return await overlaysOn(disks, (number) => join(folder, `proof-${number}.qcow2`), signal);
}

/** New overlays on images, in files by the number of the image from 1; those that are there are replaced. */
export async function overlaysOn(
  disks: GuestPlan["disks"],
  overlayPath: (number: number) => string,
  signal: AbortSignal,
): Promise<ProofDisk[]> {
  const made: ProofDisk[] = [];
  for (const [index, { path, format }] of disks.entries()) {
    const overlay = overlayPath(index + 1);
    await runCommand("qemu-img", overlayArgs(overlay, resolve(path), format), { signal });
    made.push({ path: overlay, format: "qcow2" });
  }
  return made;
}
