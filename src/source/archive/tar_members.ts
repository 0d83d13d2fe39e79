/**
 * The members of a tar, also of one that lies in another archive.
 *
 * @module
 */
import { streamWindow, type Window } from "../input/window.ts";
import type { ArchiveLimits } from "./limits.ts";
import type { Member } from "./member.ts";
import { readIndex, type TarEntry } from "./read_index.ts";
import { readSparseMember } from "./tar_sparse.ts";

/** Lists the files of a tar. */
export async function tarMembers(
  archive: Window,
  { maxMembers }: ArchiveLimits,
  signal: AbortSignal,
): Promise<Member[]> {
  const members = await readIndex("tar", archive, { maxMembers, signal });
  return members.filter((member) => member.type !== "folder").map((member) => toMember(archive, member));
}

function toMember(archive: Window, { name, sizeBytes, window, archiveName }: TarEntry): Member {
  if (window === undefined) {
    const sparse: Member["read"] = (signal, guard) =>
      readSparseMember(archive, archiveName ?? name, guard.counted(streamWindow(archive, signal)), signal);
    return { name, sizeBytes, read: sparse };
  }
  return { name, sizeBytes, window, read: (signal, guard) => guard.counted(streamWindow(window, signal)) };
}
