/**
 * GNU tar's sparse members, as the images of Google Compute Engine have them. tar itself expands them, and
 * the zeros that it puts into the holes become holes again.
 *
 * Format: GNU tar manual, "Storing Sparse Files".
 *
 * @module
 */
import type { Window } from "../input/window.ts";
import { filterThrough } from "./filter.ts";
import { broken } from "./member.ts";

/** Arguments that write one member to standard output, from an archive on standard input. */
export function tarArgs(name: string): string[] {
  return ["--extract", "--to-stdout", "--no-wildcards", "--file=-", "--", name];
}

/** The contents of a sparse member, by the name that the archive itself uses; holes come as zeros. */
export function readSparseMember(
  archive: Window,
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  return filterThrough("tar", bytes, {
    args: tarArgs(name),
    signal,
    failed: (line) => broken(archive.path, line.replace(/^tar: /, "").replace(/\.$/, "") || name),
  });
}
