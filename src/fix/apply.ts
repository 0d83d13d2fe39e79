/**
 * Makes planned changes in a guest: the only place that writes to one.
 *
 * @module
 */
import { dirname } from "@std/path";
import { MigrateError } from "../model/error.ts";
import type { AppendChange, Change, TextChange } from "../model/change.ts";
import type { GuestSession } from "../guest/session.ts";

/** Ending of the copy that keeps the original of an edited file. */
export const BACKUP_SUFFIX = ".hyper2kvm-orig";

/** How changes are made. */
export interface ApplyOptions {
  /** Whether originals stay in the guest beside the edited files. */
  readonly backup: boolean;
  /** Stops between two changes. */
  readonly signal: AbortSignal;
}

/**
 * Makes every change in order.
 *
 * @throws {MigrateError} `fix/failed` naming the fix and the file
 */
export async function applyChanges(
  session: GuestSession,
  changes: readonly Change[],
  options: ApplyOptions,
): Promise<void> {
  const backedUp = new Set<string>();
  for (const change of changes) {
    options.signal.throwIfAborted();
    try {
      if (change.kind === "append") await append(session, change);
      else await applyText(session, change, options.backup && !backedUp.has(change.path));
      backedUp.add(change.path);
    } catch (error) {
      if (error instanceof MigrateError) throw error;
      const reason = (error as Error).message;
      throw new MigrateError("fix/failed", `Cannot apply ${change.fix} to ${change.path}: ${reason}`, {
        stage: "fix",
        hint: "Check the guest's filesystem (full, read-only or damaged), then run again.",
        cause: error,
      });
    }
  }
}

async function applyText(session: GuestSession, change: TextChange, backup: boolean): Promise<void> {
  const { path, before, after } = change;
  // The first backup is the original; a second run must not replace it with our own edit.
  const keep = backup && before !== null && !await session.call("exists", path + BACKUP_SUFFIX);
  if (after === null) {
    if (keep) await session.call("rename", path, path + BACKUP_SUFFIX);
    else await session.call("rm_f", path);
    return;
  }
  if (before === null) await session.call("mkdir_p", dirname(path));
  else if (keep) await session.call("cp_a", path, path + BACKUP_SUFFIX);
  // Writing in place keeps owner, mode, links and security labels of a file that exists.
  await session.call("write", path, new TextEncoder().encode(after));
  if (before === null) await session.call("chmod", change.mode ?? 0o644, path);
}

async function append(session: GuestSession, change: AppendChange): Promise<void> {
  const length = await session.call("filesize", change.path);
  if (length !== change.lengthBefore) {
    throw new Error(`its length changed from ${change.lengthBefore} to ${length} bytes since it was read`);
  }
  await session.call("upload_offset", change.contentFile, change.path, change.lengthBefore);
  const after = await session.call("filesize", change.path);
  const wanted = change.lengthBefore + change.contentBytes;
  if (after !== wanted) throw new Error(`it has ${after} bytes instead of ${wanted} after the change`);
}
