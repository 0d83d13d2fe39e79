/**
 * Whether the guest's filesystems have room for what the fixes add: asked before anything is written.
 *
 * @module
 */
import type { GuestSession } from "../guest/session.ts";
import type { Change } from "../model/change.ts";
import { MigrateError } from "../model/error.ts";
import type { GuestMount } from "../model/guest.ts";
import { size } from "../ui/size.ts";

/** What a file costs beside its bytes: a block that is not full, and its folder's entry. */
export const BYTES_PER_FILE = 8192;

/** Bytes that changes add to each filesystem, by its mount point. */
export function roomNeeded(
  changes: readonly Change[],
  mounts: readonly GuestMount[],
  backup: boolean,
): ReadonlyMap<string, number> {
  const needed = new Map<string, number>();
  for (const change of changes) {
    const mount = mountOf(change.path, mounts);
    needed.set(mount, (needed.get(mount) ?? 0) + bytesOf(change, backup));
  }
  return needed;
}

/** The mount point of the filesystem that a path is on. */
export function mountOf(path: string, mounts: readonly GuestMount[]): string {
  const above = mounts.filter((one) => one.path === "/" || path.startsWith(`${one.path}/`));
  return above.toSorted((a, b) => b.path.length - a.path.length)[0]?.path ?? "/";
}

function bytesOf(change: Change, backup: boolean): number {
  const length = (text: string | null): number => text === null ? 0 : new TextEncoder().encode(text).length;
  switch (change.kind) {
    case "append":
      return change.contentBytes + BYTES_PER_FILE;
    case "command": // the program may write the new file beside the old one
      return 2 * change.lengthBefore + (backup ? change.lengthBefore : 0) + BYTES_PER_FILE;
    case "copy":
      return change.sizeBytes + BYTES_PER_FILE;
    case "size":
      return 0;
    case "link":
      return change.after === null ? 0 : BYTES_PER_FILE;
    case "text": {
      const kept = backup && change.before !== null ? length(change.before) + BYTES_PER_FILE : 0;
      return Math.max(0, length(change.after) - length(change.before)) + kept +
        (change.before === null ? BYTES_PER_FILE : 0);
    }
  }
}

/**
 * Asks each filesystem for its free space.
 *
 * @throws {MigrateError} `space/full` naming the first filesystem that is too full
 */
export async function checkRoom(
  session: GuestSession,
  changes: readonly Change[],
  mounts: readonly GuestMount[],
  backup: boolean,
): Promise<void> {
  for (const [path, needed] of roomNeeded(changes, mounts, backup)) {
    const { bsize, bfree } = await session.call("statvfs", path); // root may use the reserved blocks
    const free = bsize * bfree;
    if (needed <= free) continue;
    const message = `Cannot change the guest: ${path} has ${size(free)} free and the fixes add ${
      size(needed)
    }.`;
    throw new MigrateError("space/full", message, {
      stage: "fix",
      hint: path.startsWith("/boot")
        ? "Remove old kernels in the source VM (apt autoremove --purge, dnf remove --oldinstallonly), then run again."
        : `Free space on ${path} in the source VM, or convert with --no-backup.`,
    });
  }
}
