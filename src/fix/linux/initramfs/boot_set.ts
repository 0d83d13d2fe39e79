/**
 * The images that boot entries load, each combination once.
 *
 * @module
 */
import type { Concern } from "../../../model/concern.ts";
import type { BootEntry, Guest } from "../../../model/guest.ts";
import type { GuestFiles } from "../../../guest/files.ts";

/** What the kernel of one or more boot entries unpacks. */
export interface BootSet {
  /** The entry, the default one if it is among them. */
  readonly entry: BootEntry;
  /** The images in load order, links resolved; empty when the kernel starts without one. */
  readonly paths: readonly string[];
  /** Whether the guest boots it by default. */
  readonly isDefault: boolean;
}

/** The sets of a guest, the default one first, and a concern for each image that is not there. */
export async function bootSets(
  guest: Guest,
  files: GuestFiles,
): Promise<{ readonly sets: readonly BootSet[]; readonly concerns: readonly Concern[] }> {
  const noDefault = guest.bootEntries.every(({ isDefault }) => !isDefault);
  const entries = guest.bootEntries.toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault));
  const realPaths = new Map<string, string | null>();
  const sets = new Map<string, BootSet>();
  const concerns: Concern[] = [];
  for (const entry of entries) {
    const isDefault = entry.isDefault || noDefault;
    const paths: string[] = [];
    for (const path of entry.initrds) {
      if (!realPaths.has(path)) realPaths.set(path, await files.realPath(path));
      const real = realPaths.get(path);
      if (real) paths.push(real);
      else concerns.push(missingImage(entry, path, isDefault));
    }
    if (paths.length < entry.initrds.length) continue;
    const key = paths.length > 0 ? paths.join("\n") : entry.kernel;
    if (!sets.has(key)) sets.set(key, { entry, paths, isDefault });
  }
  return { sets: [...sets.values()], concerns };
}

function missingImage(entry: BootEntry, path: string, isDefault: boolean): Concern {
  return {
    id: "initramfs/missing-file",
    severity: isDefault ? "critical" : "warning",
    message: `The boot entry "${entry.title}" loads ${path}, which the guest does not have.`,
    hint: "Make the initramfs in the guest, or choose another boot entry as the default.",
  };
}
