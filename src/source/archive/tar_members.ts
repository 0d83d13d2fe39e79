/**
 * The members of a tar, also of one that lies in another archive.
 *
 * @module
 */
import { indexTar, type TarFile, type TarMember } from "../tar/index.ts";
import { streamWindow, type Window } from "../input/window.ts";
import type { ArchiveLimits } from "./limits.ts";
import type { Member } from "./member.ts";
import { readSparseMember } from "./tar_sparse.ts";

/** Lists the files of a tar. */
export async function tarMembers(
  archive: Window,
  { maxMembers }: ArchiveLimits,
  signal: AbortSignal,
): Promise<Member[]> {
  using file = await Deno.open(archive.path, { read: true });
  const members = await indexTar(partOf(file, archive), { path: archive.path, maxMembers, signal });
  return members.filter((member) => member.type !== "folder").map((member) => toMember(archive, member));
}

function toMember(archive: Window, { name, offset, sizeBytes, type, archiveName }: TarMember): Member {
  if (type === "sparse") {
    const sparse: Member["read"] = (signal, guard) =>
      readSparseMember(archive, archiveName ?? name, guard.counted(streamWindow(archive, signal)), signal);
    return { name, sizeBytes, read: sparse };
  }
  const window = { path: archive.path, offset: archive.offset + offset, sizeBytes };
  return { name, sizeBytes, window, read: (signal, guard) => guard.counted(streamWindow(window, signal)) };
}

/** A part of a file that acts like a file. */
function partOf(file: Deno.FsFile, part: Window): TarFile {
  let at = 0;
  return {
    stat: () => Promise.resolve({ size: part.sizeBytes }),
    seek: async (offset) => (at = offset, await file.seek(part.offset + offset, Deno.SeekMode.Start)),
    read: async (bytes) => {
      const read = await file.read(bytes.subarray(0, Math.max(0, part.sizeBytes - at)));
      at += read ?? 0;
      return read === 0 ? null : read;
    },
  };
}
