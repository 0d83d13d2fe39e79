/**
 * What a guest's shutdown left on its disks, by the signatures themselves: a hibernation image, a journal that
 * was not closed, errors that the kernel noted.
 *
 * @module
 */
import type { Concern } from "../model/concern.ts";
import { MigrateError } from "../model/error.ts";
import type { GuestFilesystem } from "../model/guest.ts";
import type { GuestSession } from "./session.ts";

/** The state of one filesystem. */
export interface FilesystemState {
  /** Its journal holds changes that are not in the filesystem yet. */
  readonly dirty: boolean;
  /** The kernel has found errors in it. */
  readonly errors: boolean;
}

const EXT_SUPERBLOCK = { offset: 1024, bytes: 128 } as const;
/** The field log_root of the btrfs superblock at 64 KiB (struct btrfs_super_block). */
const BTRFS_LOG_ROOT = { offset: 65_536 + 0x60, bytes: 8 } as const;

/** Reads s_magic, s_state and s_feature_incompat (fs/ext4/ext4.h, struct ext4_super_block). */
export function extState(superblock: Uint8Array<ArrayBuffer>): FilesystemState {
  const view = new DataView(superblock.buffer, superblock.byteOffset, superblock.byteLength);
  if (view.getUint16(56, true) !== 0xef53) return { dirty: false, errors: false };
  return { dirty: (view.getUint32(96, true) & 0x4) !== 0, errors: (view.getUint16(58, true) & 0x2) !== 0 };
}

/** A btrfs log tree is there only until a clean unmount. */
export function btrfsState(logRoot: Uint8Array): FilesystemState {
  return { dirty: logRoot.some((byte) => byte !== 0), errors: false };
}

/**
 * Refuses a guest that is hibernated: resumed on other hardware, with its files changed below it, it would
 * destroy its own filesystems.
 *
 * @throws {MigrateError} `guest/unsupported`
 */
export function refuseHibernated(filesystems: readonly GuestFilesystem[]): void {
  const image = filesystems.find(({ type }) => type === "swsuspend"); // blkid's name for the signature S1SUSPEND
  if (image === undefined) return;
  throw new MigrateError(
    "guest/unsupported",
    `Cannot convert the guest: it is hibernated (its memory is saved in ${image.device}).`,
    { stage: "inspect", hint: "Start the source VM, shut it down fully, and convert again." },
  );
}

/** Looks at the filesystems before anything is mounted, since mounting replays a journal. */
export async function readStates(
  session: GuestSession,
  filesystems: readonly GuestFilesystem[],
): Promise<Concern[]> {
  const concerns: Concern[] = [];
  for (const { device, type } of filesystems) {
    const state = await stateOf(session, device, type);
    if (state?.dirty) concerns.push(dirtyJournal(device));
    if (state?.errors) concerns.push(notedErrors(device));
  }
  return concerns;
}

async function stateOf(session: GuestSession, device: string, type: string): Promise<FilesystemState | null> {
  if (/^ext[234]$/.test(type)) {
    return extState(await session.call("pread_device", device, EXT_SUPERBLOCK.bytes, EXT_SUPERBLOCK.offset));
  }
  if (type !== "btrfs") return null;
  return btrfsState(await session.call("pread_device", device, BTRFS_LOG_ROOT.bytes, BTRFS_LOG_ROOT.offset));
}

function dirtyJournal(device: string): Concern {
  return {
    id: "guest/dirty-journal",
    severity: "warning",
    message: `${device} was not unmounted cleanly; its journal is replayed in the copy.`,
    hint: "Shut the source VM down before its disks are taken: what was only in its memory is lost.",
  };
}

function notedErrors(device: string): Concern {
  return {
    id: "guest/filesystem-errors",
    severity: "warning",
    message: `${device} is marked as having errors by the guest's kernel.`,
    hint: "Check the filesystem in the source VM (fsck) and convert again.",
  };
}
