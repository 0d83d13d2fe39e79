/**
 * Trimming: blocks that the guest has deleted are dropped from the overlay, so that they are not copied.
 *
 * @module
 */
import { GuestfsError } from "../../ffi/guestfs/handle.ts";
import type { Concern } from "../model/concern.ts";
import type { GuestMount } from "../model/guest.ts";
import type { GuestSession } from "./session.ts";

/** What fstrim(8) says of a filesystem that has no such operation (ioctl FITRIM: EOPNOTSUPP or ENOTTY). */
const UNSUPPORTED = /not supported|Inappropriate ioctl/i;

/**
 * Trims every mounted filesystem. One that cannot do it, as vfat of old kernels, is passed over; any other failure
 * is a concern: trimming saves space and is never needed for a right result, but the failure may tell of damage.
 */
export async function trimGuest(session: GuestSession, mounts: readonly GuestMount[]): Promise<Concern[]> {
  const concerns: Concern[] = [];
  for (const { path, device } of mounts) {
    try {
      await session.call("fstrim", path);
    } catch (error) {
      if (!(error instanceof GuestfsError)) throw error;
      if (!UNSUPPORTED.test(error.message)) concerns.push(untrimmed(device, error.message));
    }
  }
  return concerns;
}

function untrimmed(device: string, message: string): Concern {
  return {
    id: "guest/not-trimmed",
    severity: "warning",
    message: `Blocks that the guest has deleted on ${device} are copied too: ${
      message.trim().split("\n")[0]
    }`,
    hint: "Check the filesystem in the source VM if the message tells of an input/output error.",
  };
}
