/**
 * Whether a running guest has room for what a run writes: asked before anything is written.
 *
 * @module
 */
import { BYTES_PER_FILE, mountOf } from "../fix/room.ts";
import type { FileChange } from "../model/change.ts";
import { MigrateError } from "../model/error.ts";
import type { GuestMount } from "../model/guest.ts";
import { quote } from "../ssh/arguments.ts";
import { size } from "../ui/size.ts";
import type { RemoteRoot } from "./remote_root.ts";
import { STATE_FOLDER } from "./run_record.ts";

/** Bytes that a run needs on each filesystem, by its mount point: new files stand beside the old ones for a while. */
export function liveRoomNeeded(
  changes: readonly FileChange[],
  mounts: readonly GuestMount[],
): ReadonlyMap<string, number> {
  const needed = new Map<string, number>();
  const largest = new Map<string, number>();
  const add = (path: string, bytes: number): void => {
    const mount = mountOf(path, mounts);
    needed.set(mount, (needed.get(mount) ?? 0) + bytes);
  };
  for (const change of changes) {
    const { stays, passes, kept } = bytesOf(change);
    add(change.path, stays + BYTES_PER_FILE);
    add(STATE_FOLDER, kept + 2 * JSON.stringify(change).length + BYTES_PER_FILE);
    const mount = mountOf(change.path, mounts);
    largest.set(mount, Math.max(largest.get(mount) ?? 0, passes));
  }
  for (const [mount, bytes] of largest) needed.set(mount, needed.get(mount)! + bytes);
  return needed;
}

/** What a change adds for good, what stands beside the old file until it is renamed, and what its backup takes. */
function bytesOf(
  change: FileChange,
): { readonly stays: number; readonly passes: number; readonly kept: number } {
  const length = (text: string | null): number => text === null ? 0 : new TextEncoder().encode(text).length;
  switch (change.kind) {
    case "append":
      return { stays: change.contentBytes, passes: change.lengthBefore, kept: 0 };
    case "command": // the new image is often larger, as it has more drivers
      return { stays: change.lengthBefore, passes: change.lengthBefore, kept: change.lengthBefore };
    case "copy":
      return { stays: change.sizeBytes, passes: 0, kept: 0 };
    case "link":
      return { stays: 0, passes: 0, kept: 0 };
    case "text":
      return {
        stays: Math.max(0, length(change.after) - length(change.before)),
        passes: length(change.before),
        kept: length(change.before),
      };
  }
}

/**
 * Asks the guest for the free space of each filesystem.
 *
 * @throws {MigrateError} `space/full` naming the first filesystem that is too full
 */
export async function checkLiveRoom(
  root: RemoteRoot,
  changes: readonly FileChange[],
  mounts: readonly GuestMount[],
): Promise<void> {
  for (const [path, needed] of liveRoomNeeded(changes, mounts)) {
    const answer = await root.must(`ask ${path} for its free space`, `df -Pk -- ${quote(path)} | tail -n 1`);
    const free = Number(/\s(\d+)\s+\d+%/.exec(answer)?.[1] ?? Infinity) * 1024;
    if (needed <= free) continue;
    const message = `Cannot change the guest: ${path} has ${size(free)} free and the fixes need ${
      size(needed)
    }.`;
    throw new MigrateError("space/full", message, {
      stage: "fix",
      hint: path.startsWith("/boot")
        ? "Remove old kernels in the guest (apt autoremove --purge, dnf remove --oldinstallonly), then run again."
        : `Free space on ${path} in the guest, then run again.`,
    });
  }
}
