/**
 * The one copy: overlay and source are read through qemu and written once, sparse and in parallel, to a
 * `.partial` file that gets its final name only when it is complete and synced.
 *
 * @module
 */
import { removeIfThere, syncFile } from "../run/files.ts";
import { dirname } from "@std/path";
import type { DiskFormat } from "../model/disk.ts";
import { runCommand } from "../run/command.ts";

/** How a disk is written. */
export interface CopyTarget {
  /** Final path. */
  readonly path: string;
  /** Image format. */
  readonly format: DiskFormat;
  /** Compression of qcow2 clusters. */
  readonly compress?: "zlib" | "zstd";
  /** Level of that compression; qemu's own without it. */
  readonly compressLevel?: number;
  /** What is allocated before it is written; nothing without it. */
  readonly preallocate?: Preallocation;
  /** The raw image that it stands on: only what differs from that is written. */
  readonly backing?: string;
  /** Whether the path is a block device: it is written in place. */
  readonly isDevice?: boolean;
}

/** What is allocated beforehand: the tables, the space, or the space filled with zeros. */
export type Preallocation = "metadata" | "falloc" | "full";

/** What is copied. */
export interface CopyJob {
  /** The qcow2 overlay to read through. */
  readonly overlay: string;
  /** Where it goes. */
  readonly target: CopyTarget;
  /** Bytes per second that may be written. */
  readonly bytesPerSecond?: number;
}

/** Coroutines of qemu-img: its upper limit, and the fastest on every storage measured. */
const COROUTINES = 16;

/** The name that a file has until it is complete. */
export function partialPath(path: string): string {
  return `${path}.partial`;
}

/** Where a target is written to: under its own name only when nothing else can be. */
export function writtenPath({ path, isDevice = false }: CopyTarget): string {
  return isDevice ? path : partialPath(path);
}

/**
 * Arguments of `qemu-img convert`. Writes may arrive out of order (`-W`), except for compressed clusters,
 * which qemu appends in order. A device is not created (`-n`), and zeros are written to it.
 */
export function convertArgs({ overlay, target, bytesPerSecond }: CopyJob): string[] {
  const { format, compress, preallocate, backing, isDevice = false } = target;
  return [
    ...["convert", "-p", "-f", "qcow2", "-O", format, "-m", String(COROUTINES)],
    ...(compress === undefined ? ["-W"] : ["-c", "-o", `compression_type=${compress}`]),
    ...(preallocate === undefined ? [] : ["-o", `preallocation=${preallocate}`]),
    ...(backing === undefined ? [] : ["-B", backing, "-F", "raw"]),
    ...(isDevice ? ["-n"] : []),
    ...(bytesPerSecond === undefined ? [] : ["-r", String(bytesPerSecond)]),
    ...["--", overlay, writtenPath(target)],
  ];
}

/** Reads the last percentage of qemu-img's `\r`-separated progress; null when there is none. */
export function parseProgress(text: string): number | null {
  const all = [...text.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)];
  const last = all.at(-1)?.[1];
  return last === undefined ? null : Number(last);
}

/**
 * Copies with qemu-img to the `.partial` file, or to a device, and syncs it. On any failure the partial file is
 * removed.
 *
 * @throws {MigrateError} `tool/failed`, `space/full` or `run/cancelled`
 */
export async function copyToPartial(
  job: CopyJob,
  signal: AbortSignal,
  onFraction: (fraction: number) => void,
): Promise<void> {
  const path = writtenPath(job.target);
  try {
    await runCommand("qemu-img", convertArgs(job), {
      signal,
      diesWithUs: true,
      onStdout: (text) => {
        const percent = parseProgress(text);
        if (percent !== null) onFraction(percent / 100);
      },
    });
    await syncFile(path);
  } catch (error) {
    await discard(job.target);
    throw error;
  }
}

/** Gives a complete file its final name, durably; a device has it already. */
export async function publish({ path, isDevice = false }: CopyTarget): Promise<void> {
  if (isDevice) return;
  await Deno.rename(partialPath(path), path);
  await syncFile(dirname(path));
}

/** Removes what is unfinished; what is on a device stays there. */
export async function discard(target: CopyTarget): Promise<void> {
  if (target.isDevice !== true) await removeIfThere(partialPath(target.path));
}
