/**
 * Trimming: blocks that the guest has deleted are dropped from the overlay, so that they are not copied.
 *
 * @module
 */
import type { GuestMount } from "../model/guest.ts";
import type { GuestSession } from "./session.ts";

/** Trims every mounted filesystem; returns the mount points whose filesystem does not support it. */
export async function trimGuest(session: GuestSession, mounts: readonly GuestMount[]): Promise<string[]> {
  const unsupported: string[] = [];
  for (const { path } of mounts) {
    try {
      await session.call("fstrim", path);
    } catch {
      // Trimming saves space and is never needed for a right result: vfat and old kernels cannot do it.
      unsupported.push(path);
    }
  }
  return unsupported;
}
