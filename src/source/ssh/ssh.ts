/**
 * Machines on other hosts, over SSH: the file that is named first, then every file that it names, several at
 * once, with the system's ssh.
 *
 * @module
 */
import { basename, join } from "@std/path";
import { cancelled, MigrateError } from "../../model/error.ts";
import type { SourceContext, SourceJob } from "../source.ts";
import { parseSshAddress, remoteFolder } from "../../ssh/address.ts";
import { choicesOf } from "../../ssh/arguments.ts";
import { download, type Downloaded } from "./download.ts";
import { LOOK_BYTES, referencesInFile, relativeReference } from "./references.ts";
import { SshSession } from "../../ssh/session.ts";
import { readWindow } from "../input/window.ts";

/** What a fetch needs. */
export interface FetchOptions {
  /** `ssh://user@host/path`. */
  readonly address: string;
  /** Folder for the files. */
  readonly folder: string;
  /** `identity`, `port`, `ssh_opt` and `jobs` count. */
  readonly job: Partial<SourceJob>;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Is told how much of each file is here. */
  readonly onProgress?: (name: string, doneBytes: number, totalBytes: number) => void;
}

/** What came. */
export interface Fetched {
  /** Path of the file that was asked for. */
  readonly path: string;
  /** Every file, that one first. */
  readonly files: readonly Downloaded[];
}

/** How often a dropped connection is made again. */
const TRIES = 4;
const WAIT_MS = 1_000;
/** Most files of one machine. */
const MAX_FILES = 2_000;

/**
 * Fetches a file and those that it names. A dropped connection is made again, and goes on where it stopped;
 * so does the next call after one that failed.
 *
 * @throws {MigrateError} `network/failed`, `permission/denied`, `source/missing`, `source/damaged`,
 * `source/unsupported`
 */
export async function fetchOverSsh(options: FetchOptions): Promise<Fetched> {
  const { job } = options;
  const address = parseSshAddress(options.address);
  const choices = choicesOf(job);
  const done = new Map<string, Downloaded>();
  for (let attempt = 1;; attempt++) {
    const before = done.size;
    try {
      await using session = await SshSession.open(address, choices, options.signal);
      await fetchAll(session, options, done);
      const files = [...done.values()];
      return { path: files[0]!.path, files };
    } catch (error) {
      const dropped = error instanceof MigrateError && error.code === "network/failed" &&
        wasReached(error, before, done.size, attempt);
      if (!dropped || attempt >= TRIES || options.signal.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS * attempt));
    }
  }
}

const HOPELESS = /host key|no such host|nothing listens/;

/** A host that was never reached will not be reached by trying again. */
function wasReached(error: MigrateError, before: number, after: number, attempt: number): boolean {
  return after > before || attempt > 1 || !HOPELESS.test(error.message);
}

/** Gets the first file, then what it names, then what those name. */
async function fetchAll(
  session: SshSession,
  options: FetchOptions,
  done: Map<string, Downloaded>,
): Promise<void> {
  const folder = remoteFolder(session.address.path);
  const seen = new Set<string>();
  for (let round = [basename(session.address.path)]; round.length > 0;) {
    for (const name of round) seen.add(name);
    if (seen.size > MAX_FILES) throw tooMany(session.address.path);
    await fetchRound(session, options, round, done);
    const named = await Promise.all(round.map((name) => namesIn(done.get(name)!, name, folder)));
    round = [...new Set(named.flat())].filter((name) => !seen.has(name));
  }
}

/** Gets some files, `--jobs` at once; the first failure stops the others. */
async function fetchRound(
  session: SshSession,
  options: FetchOptions,
  names: readonly string[],
  done: Map<string, Downloaded>,
): Promise<void> {
  const wanted = names.filter((name) => !done.has(name));
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const lane = async (): Promise<void> => {
    for (let name; !signal.aborted && (name = wanted.shift()) !== undefined;) {
      done.set(name, await fetchOne(session, { ...options, signal }, name));
    }
  };
  const lanes = Array.from({ length: options.job.jobs ?? 2 }, () =>
    lane().catch((error: unknown) => {
      if (!failed.signal.aborted) failed.abort(error);
    }));
  await Promise.all(lanes);
  if (failed.signal.aborted) throw failed.signal.reason;
  if (options.signal.aborted) throw cancelled();
}

async function fetchOne(
  session: SshSession,
  { folder, signal, onProgress }: FetchOptions,
  name: string,
): Promise<Downloaded> {
  return await download(session, {
    from: `${remoteFolder(session.address.path)}/${name}`,
    to: join(folder, name),
    signal,
    onProgress: (doneBytes, totalBytes) => onProgress?.(name, doneBytes, totalBytes),
  });
}

/** The files that a fetched file names, relative to the folder of the first. */
async function namesIn({ path, sizeBytes }: Downloaded, name: string, folder: string): Promise<string[]> {
  using file = await Deno.open(path, { read: true });
  const bytes = await readWindow(file, { path, offset: 0, sizeBytes }, 0, LOOK_BYTES);
  const below = name.includes("/") ? `${name.slice(0, name.lastIndexOf("/"))}/` : "";
  return referencesInFile(bytes).map((reference) => {
    const relative = relativeReference(reference, folder);
    if (relative !== null) return reference.startsWith("/") ? relative : below + relative;
    throw new MigrateError(
      "source/unsupported",
      `Cannot fetch ${name}: it names ${reference}, outside its folder.`,
      { hint: "Move all files of the machine into one folder, or export it as an OVA." },
    );
  });
}

function tooMany(path: string): MigrateError {
  return new MigrateError("source/unsupported", `Cannot fetch ${path}: it names over ${MAX_FILES} files.`);
}

/** Fetches into the work folder of a run; returns the path of the file that was asked for. */
export async function fetchForRun(address: string, context: SourceContext): Promise<string> {
  parseSshAddress(address);
  const folder = await Deno.makeTempDir({ dir: await context.workDir(), prefix: "fetched-" });
  return (await fetchOverSsh({ address, folder, job: context.job, signal: context.signal })).path;
}
