/**
 * Makes planned changes in a guest: the only place that writes to one.
 *
 * @module
 */
import { dirname } from "@std/path";
import { MigrateError } from "../model/error.ts";
import type {
  AppendChange,
  BytePatch,
  Change,
  CommandChange,
  CopyChange,
  LinkChange,
  TextChange,
} from "../model/change.ts";
import type { GuestMount } from "../model/guest.ts";
import type { GuestSession } from "../guest/session.ts";
import { Labels } from "../guest/labels.ts";
import { runRebuild } from "./linux/initramfs/rebuild.ts";
import { checkRoom } from "./room.ts";

/** Ending of the copy that keeps the original of an edited file. */
export const BACKUP_SUFFIX = ".hyper2kvm-orig";

/** How changes are made. */
export interface ApplyOptions {
  /** Whether originals stay in the guest beside the edited files. */
  readonly backup: boolean;
  /** What is mounted where: free space is asked for before anything is written. */
  readonly mounts: readonly GuestMount[];
  /** Stops between two changes. */
  readonly signal: AbortSignal;
  /** Folder of the host for temporary files. */
  readonly workDir: string;
}

/**
 * Makes every change in order; returns those that had to be added (a relabelling by SELinux).
 *
 * @throws {MigrateError} `fix/failed` naming the fix and the file; `space/full` before anything is written
 */
export async function applyChanges(
  session: GuestSession,
  changes: readonly Change[],
  options: ApplyOptions,
): Promise<readonly Change[]> {
  await checkRoom(session, changes, options.mounts, options.backup);
  const labels = new Labels(session);
  const backedUp = new Set<string>();
  for (const change of changes) {
    options.signal.throwIfAborted();
    await applyOne(session, labels, change, {
      ...options,
      backup: options.backup && !backedUp.has(change.path),
    });
    backedUp.add(change.path);
  }
  const relabel = await labels.relabelChange();
  if (relabel === null) return [];
  await applyOne(session, labels, relabel, options);
  return [relabel];
}

async function applyOne(
  session: GuestSession,
  labels: Labels,
  change: Change,
  options: ApplyOptions,
): Promise<void> {
  if (change.kind === "size") return; // devices grow when nothing is mounted (guest/grow)
  try {
    if (change.kind === "append") await append(session, change);
    else if (change.kind === "link") await applyLink(session, labels, change);
    else if (change.kind === "copy") await copy(session, labels, change);
    else if (change.kind === "command") await rebuild(session, change, options);
    else await applyText(session, labels, change, options.backup);
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

async function applyText(
  session: GuestSession,
  labels: Labels,
  change: TextChange,
  backup: boolean,
): Promise<void> {
  const { path, before, after } = change;
  // The first backup is the original; a second run must not replace it with our own edit.
  const keep = backup && before !== null && !await session.call("exists", path + BACKUP_SUFFIX);
  if (after === null) {
    if (keep) await session.call("rename", path, path + BACKUP_SUFFIX);
    else await session.call("rm_f", path);
    return;
  }
  if (before === null) await labels.makeFolder(dirname(path));
  else if (keep) await session.call("cp_a", path, path + BACKUP_SUFFIX);
  // Writing in place keeps owner, mode, links and security labels of a file that exists.
  await session.call("write", path, new TextEncoder().encode(after));
  if (before !== null) return;
  await session.call("chmod", change.mode ?? 0o644, path);
  await labels.label(path);
}

async function applyLink(session: GuestSession, labels: Labels, change: LinkChange): Promise<void> {
  const { path, before, after } = change;
  if (before !== null) {
    const found = await session.call("readlink", path);
    if (found !== before) throw new Error(`it points to ${found}, not to ${before} as when it was read`);
  }
  if (after === null) return await session.call("rm_f", path);
  await labels.makeFolder(dirname(path));
  // "ln_sf" would make its link inside a folder that the old one points to.
  if (before !== null) await session.call("rm_f", path);
  await session.call("ln_s", after, path);
  await labels.label(path);
}

async function copy(session: GuestSession, labels: Labels, change: CopyChange): Promise<void> {
  if (await session.call("exists", change.path)) throw new Error("something is there already");
  await labels.makeFolder(dirname(change.path));
  await session.call("cp", change.from, change.path);
  const after = await session.call("filesize", change.path);
  if (after !== change.sizeBytes) throw new Error(`the copy has ${after} bytes of ${change.sizeBytes}`);
  await labels.label(change.path);
}

async function rebuild(session: GuestSession, change: CommandChange, options: ApplyOptions): Promise<void> {
  const kept = change.path + BACKUP_SUFFIX;
  if (options.backup && !await session.call("exists", kept)) await session.call("cp_a", change.path, kept);
  await runRebuild(session, change, options.workDir, options.signal);
}

async function append(session: GuestSession, change: AppendChange): Promise<void> {
  const length = await session.call("filesize", change.path);
  if (length !== change.lengthBefore) {
    throw new Error(`its length changed from ${change.lengthBefore} to ${length} bytes since it was read`);
  }
  if (change.patch !== undefined) await checkBytes(session, change.path, change.patch);
  await session.call("upload_offset", change.contentFile, change.path, change.lengthBefore);
  const after = await session.call("filesize", change.path);
  const wanted = change.lengthBefore + change.contentBytes;
  if (after !== wanted) throw new Error(`it has ${after} bytes instead of ${wanted} after the change`);
  if (change.patch === undefined) return;
  await session.call("pwrite", change.path, Uint8Array.fromHex(change.patch.after), change.patch.offset);
}

async function checkBytes(session: GuestSession, path: string, { offset, before }: BytePatch): Promise<void> {
  const found = await session.call("pread", path, before.length / 2, offset);
  if (found.toHex() !== before) throw new Error("its headers have changed since it was read");
}
