/**
 * The thread that hashes a part of a file. It may read that file and nothing else.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Digest } from "../../model/digest.ts";

/** What a hashing thread answers: the digest in hex, or why there is none. */
export type DigestOutcome = { readonly digest: string } | { readonly reason: string };

/** What this thread has of a dedicated worker's scope. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Digest>) => void) | null;
  postMessage(outcome: DigestOutcome): void;
}

const CHUNK_BYTES = 1024 * 1024;

const scope = self as unknown as WorkerScope;
scope.onmessage = ({ data }): void => {
  try {
    scope.postMessage({ digest: hash(data) });
  } catch (error) {
    scope.postMessage({ reason: error instanceof Error ? error.message : String(error) });
  }
};

function hash({ path, offset, sizeBytes, algorithm }: Digest): string {
  using file = Deno.openSync(path, { read: true });
  file.seekSync(offset, Deno.SeekMode.Start);
  const hasher = createHash(algorithm);
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (let left = sizeBytes; left > 0;) {
    const read = file.readSync(buffer.subarray(0, Math.min(left, buffer.length)));
    if (read === null) break; // a shorter file has another digest
    hasher.update(buffer.subarray(0, read));
    left -= read;
  }
  return hasher.digest("hex");
}
