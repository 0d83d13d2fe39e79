/**
 * The thread that hashes a part of a file. It may read that file and nothing else.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Digest } from "../../model/digest.ts";
import { answer } from "../worker/answer.ts";

const CHUNK_BYTES = 1024 * 1024;

answer(({ path, offset, sizeBytes, algorithm }: Digest): string => {
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
});
