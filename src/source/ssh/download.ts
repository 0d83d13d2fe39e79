/**
 * One file from another machine: into `NAME.partial`, sparse, resumed where an earlier try has stopped, and
 * renamed when its length and its hash are right.
 *
 * @module
 */
import { dirname } from "@std/path";
import { sha256OfFile } from "../../disk/checksum.ts";
import { cancelled, MigrateError } from "../../model/error.ts";
import { writeRuns } from "../archive/sparse_file.ts";
import { BLOCK_BYTES, hashCommand, readCommand } from "../../ssh/arguments.ts";
import { connectionError } from "../../ssh/errors.ts";
import { statRemote } from "./remote_file.ts";
import type { SshSession } from "../../ssh/session.ts";

/** One download. */
export interface Download {
  /** Path over there. */
  readonly from: string;
  /** Path here. */
  readonly to: string;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Is told how many bytes of the file are here. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/** What a download did. */
export interface Downloaded {
  /** Path here. */
  readonly path: string;
  /** Length in bytes. */
  readonly sizeBytes: number;
  /** How many of them an earlier try had already got. */
  readonly resumedBytes: number;
  /** SHA-256 in hex, where the far side could tell it. */
  readonly sha256?: string;
}

/**
 * Downloads a file. What came before a failure stays in `NAME.partial`, and the next call goes on from there.
 *
 * @throws {MigrateError} `network/failed`, `source/missing`, `source/damaged`, `permission/denied`
 */
export async function download(session: SshSession, one: Download): Promise<Downloaded> {
  const { sizeBytes } = await statRemote(session, one.from);
  if (await lengthOf(one.to) === sizeBytes) {
    return { path: one.to, sizeBytes, resumedBytes: sizeBytes, ...await verified(session, one, one.to) };
  }
  await Deno.mkdir(dirname(one.to), { recursive: true });
  const partial = `${one.to}.partial`;
  const resumedBytes = await receive(session, one, partial, sizeBytes);
  const hash = await verified(session, one, partial);
  await Deno.rename(partial, one.to);
  return { path: one.to, sizeBytes, resumedBytes, ...hash };
}

/** Gets what is missing; returns how much was there. */
async function receive(
  session: SshSession,
  { from, signal, onProgress }: Download,
  partial: string,
  sizeBytes: number,
): Promise<number> {
  using file = await Deno.open(partial, { read: true, write: true, create: true });
  const before = (await file.stat()).size;
  // A longer one belongs to another version of the file.
  const start = before > sizeBytes ? 0 : Math.floor(before / BLOCK_BYTES) * BLOCK_BYTES;
  await file.truncate(start);
  if (start === sizeBytes) return start;
  await using child = session.start(readCommand(from, start / BLOCK_BYTES));
  const stop = (): void => child.kill("SIGKILL");
  signal.addEventListener("abort", stop, { once: true });
  const stderr = new Response(child.process.stderr).text();
  let at = start;
  try {
    for await (const chunk of child.process.stdout) {
      await writeRuns(file, chunk, at, { written: () => {} });
      at += chunk.length;
      onProgress?.(at, sizeBytes);
    }
  } finally {
    // A hole at the end counts as received, too.
    await file.truncate(at);
    await file.sync();
    signal.removeEventListener("abort", stop);
  }
  const said = await stderr;
  if (signal.aborted) throw cancelled();
  if (at < sizeBytes) throw connectionError(session.address, said);
  if (at > sizeBytes) throw changed(session, from, `it has grown to over ${sizeBytes} bytes`);
  return start;
}

/** Compares hashes, where the far side has sha256sum; removes a file that differs. */
async function verified(
  session: SshSession,
  { from, signal }: Download,
  path: string,
): Promise<{ readonly sha256?: string }> {
  const [{ stdout }, ours] = await Promise.all([session.run(hashCommand(from)), sha256OfFile(path, signal)]);
  const theirs = /^[0-9a-f]{64}/.exec(stdout)?.[0];
  if (theirs === undefined) return {};
  if (theirs === ours) return { sha256: ours };
  await Deno.remove(path);
  throw changed(session, from, "its SHA-256 differs from that of the copy");
}

async function lengthOf(path: string): Promise<number | null> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function changed(session: SshSession, path: string, reason: string): MigrateError {
  return new MigrateError("source/damaged", `Cannot fetch ${path} from ${session.address.host}: ${reason}.`, {
    hint: "Shut the machine down, so that its disks stay as they are, and fetch again.",
  });
}
