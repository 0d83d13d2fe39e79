/**
 * The index of an archive, read in a thread that may read the archive and nothing else.
 *
 * @module
 */
import type { Window } from "../input/window.ts";
import type { TarMember } from "../tar/index.ts";
import { askReader } from "../worker/ask.ts";
import type { ZipEntry } from "./zip_index.ts";

/** A member of a tar. */
export interface TarEntry extends TarMember {
  /** Where a file lies that is stored as it is. */
  readonly window?: Window;
}

/** What an index of each kind has. */
interface Entries {
  readonly tar: TarEntry;
  readonly zip: ZipEntry;
}

/** Which archive to read. */
export interface IndexRequest {
  /** Its kind. */
  readonly kind: keyof Entries;
  /** Where it is. */
  readonly window: Window;
  /** Most members that are accepted. */
  readonly maxMembers: number;
}

/**
 * Reads it.
 *
 * @throws {MigrateError} what {@linkcode indexTar} and {@linkcode indexZip} throw, and `run/cancelled`
 */
export async function readIndex<K extends keyof Entries>(
  kind: K,
  window: Window,
  { maxMembers, signal }: { readonly maxMembers: number; readonly signal: AbortSignal },
): Promise<Entries[K][]> {
  const worker = new Worker(new URL("./index_worker.ts", import.meta.url), {
    type: "module",
    name: "index",
    deno: { permissions: { read: [window.path] } },
  });
  const question: IndexRequest = { kind, window, maxMembers };
  return await askReader<Entries[K][]>(worker, question, { signal, path: window.path });
}
