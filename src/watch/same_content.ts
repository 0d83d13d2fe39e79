/**
 * Whether an arrival is one that was converted before, under whatever name: the same options and the same bytes.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "@std/path";
import type { Job } from "../config/schema.ts";
import { fingerprint } from "../orchestrator/identity.ts";
import { OPTIONS } from "../config/options.ts";
import { whereIs } from "./put_away.ts";
import type { QueueItem } from "./queue.ts";

const CHUNK_BYTES = 1024 * 1024;

/** Hash of the options that matter and of samples of the content: the same for the same; rarely for others. */
export async function sampleContent(folder: string, item: QueueItem, job: Job): Promise<string> {
  const options = OPTIONS.filter((one) =>
    one.affects !== "nothing" && one.key !== "source" && one.secret !== true
  )
    .map(({ key }) => [key, job[key] ?? null]);
  const hash = createHash("sha256").update(JSON.stringify(options));
  for (const { path } of item.files) hash.update(await fingerprint(join(folder, path)));
  return hash.digest("hex");
}

/** Whether the files of an arrival that was put away have the bytes of this one's. */
export async function isSameContent(folder: string, item: QueueItem, other: QueueItem): Promise<boolean> {
  const before = await whereIs(folder, other);
  if (before === null || before.length !== item.files.length) return false;
  for (const [index, { path }] of item.files.entries()) {
    if (!await sameBytes(join(folder, path), before[index]!)) return false;
  }
  return true;
}

/** Whether two files hold the same bytes. */
export async function sameBytes(one: string, other: string): Promise<boolean> {
  using first = await Deno.open(one);
  using second = await Deno.open(other);
  if ((await first.stat()).size !== (await second.stat()).size) return false;
  const left = new Uint8Array(CHUNK_BYTES), right = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const length = await fill(first, left);
    if (await fill(second, right) !== length) return false;
    if (length === 0) return true;
    if (!Buffer.from(left.buffer, 0, length).equals(right.subarray(0, length))) return false;
  }
}

async function fill(file: Deno.FsFile, buffer: Uint8Array): Promise<number> {
  let length = 0;
  for (let read; length < buffer.length && (read = await file.read(buffer.subarray(length))) !== null;) {
    length += read;
  }
  return length;
}
