/**
 * When two runs are the same: hashes of the options that matter, and of the source's files.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, resolve } from "@std/path";
import { OPTIONS } from "../config/options.ts";
import type { Job, JobKey, OptionMeta } from "../config/schema.ts";
import type { DiscoveredSource } from "../model/source.ts";
import { disksDigests } from "../plugin/load.ts";
import type { FileIdentity } from "./journal.ts";

/** Content that is hashed at the start, at the end and at places between, in bytes. */
const SAMPLE_BYTES = 64 * 1024;
const SAMPLES = 18;

/** Hash of the options that make the disks; the plugins are loaded by then. */
export function disksKey(job: Job): string {
  return keyOf(job, ["disks"]);
}

/** Hash of the options that make the machine with its disks. */
export function machineKey(job: Job): string {
  return keyOf(job, ["disks", "machine"]);
}

function keyOf(job: Job, affected: readonly NonNullable<OptionMeta["affects"]>[]): string {
  const values = OPTIONS.filter(({ affects = "disks", secret }) =>
    affected.includes(affects) && secret !== true
  )
    .map(({ key }) => [key, valueOf(job, key)]);
  return createHash("sha256").update(JSON.stringify(values)).digest("hex");
}

/** What an option stands for: of plugins their content counts, not where they lie. */
function valueOf(job: Job, key: JobKey): unknown {
  if (key === "source") return job.source.map(sourceKey);
  return key === "plugins" ? disksDigests(job.plugins) : job[key] ?? null;
}

/** A path by whatever way it was given; an address as it is. */
const sourceKey = (source: string): string => source.includes("://") ? source : resolve(source);

/** The files of a source as they are now. */
export async function inputIdentities(source: DiscoveredSource): Promise<FileIdentity[]> {
  const paths = new Set(source.disks.flatMap((disk) => disk.files));
  const local = await Promise.all([...paths].map(async (path) => ({
    ...await fileIdentity(path),
    fingerprint: await fingerprint(path),
  })));
  const remote = source.disks.flatMap((disk) => disk.remoteFiles ?? []);
  return [...local, ...remote.map(({ address, ...rest }) => ({ path: address, ...rest }))];
}

/** A file as it is now. */
export async function fileIdentity(path: string): Promise<FileIdentity> {
  const { size, mtime } = await Deno.stat(path);
  return { path: resolve(path), sizeBytes: size, mtimeMs: mtime?.getTime() ?? 0 };
}

/** Whether a recorded file is there, of the same size and not written since. */
export async function isUnchanged(recorded: FileIdentity): Promise<boolean> {
  try {
    const now = await fileIdentity(recorded.path);
    return now.sizeBytes === recorded.sizeBytes && now.mtimeMs === recorded.mtimeMs;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Whether two lists of inputs are of the same content. What was downloaded or unpacked into the work folder `made`
 * has another time and place in every run; its name, size and fingerprint count.
 */
export function sameInputs(
  before: readonly FileIdentity[],
  now: readonly FileIdentity[],
  isMade: (path: string) => boolean,
): boolean {
  return before.length === now.length && now.every((file, index) => {
    const old = before[index]!;
    const same = old.sizeBytes === file.sizeBytes && old.fingerprint === file.fingerprint;
    if (isMade(file.path)) return same && basename(old.path) === basename(file.path);
    return same && old.path === file.path && old.mtimeMs === file.mtimeMs;
  });
}

/** SHA-256 of the size and of samples spread over the content: fast for files of any size. */
export async function fingerprint(path: string): Promise<string> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const hash = createHash("sha256").update(String(size));
  const step = Math.max(SAMPLE_BYTES, Math.floor((size - SAMPLE_BYTES) / (SAMPLES - 1)));
  const buffer = new Uint8Array(SAMPLE_BYTES);
  for (let offset = 0; offset < size; offset += step) {
    await file.seek(Math.min(offset, Math.max(0, size - SAMPLE_BYTES)), Deno.SeekMode.Start);
    let length = 0;
    for (let read; length < SAMPLE_BYTES && (read = await file.read(buffer.subarray(length))) !== null;) {
      length += read;
    }
    hash.update(buffer.subarray(0, length));
  }
  return hash.digest("hex");
}
