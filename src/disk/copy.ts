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
}

/** What is copied. */
export interface CopyJob {
  /** The qcow2 overlay to read through. */
  readonly overlay: string;
  /** Where it goes. */
  readonly target: CopyTarget;
}

/** Coroutines of qemu-img: its upper limit, and the fastest on every storage measured. */
const COROUTINES = 16;

/** The name that a file has until it is complete. */
export function partialPath(path: string): string {
  return `${path}.partial`;
}

/**
 * Arguments of `qemu-img convert`. Writes may arrive out of order (`-W`), except for compressed clusters,
 * which qemu appends in order.
 */
export function convertArgs(job: CopyJob): string[] {
  const { target } = job;
  const args = ["convert", "-p", "-f", "qcow2", "-O", target.format, "-m", String(COROUTINES)];
  if (target.compress === undefined) args.push("-W");
  else args.push("-c", "-o", `compression_type=${target.compress}`);
  return [...args, "--", job.overlay, partialPath(target.path)];
}

/** Reads the last percentage of qemu-img's `\r`-separated progress; null when there is none. */
export function parseProgress(text: string): number | null {
  const all = [...text.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)];
  const last = all.at(-1)?.[1];
  return last === undefined ? null : Number(last);
}

/**
 * Copies to the `.partial` file and syncs it. On any failure the partial file is removed.
 *
 * @throws {MigrateError} `tool/failed`, `space/full` or `run/cancelled`
 */
export async function copyToPartial(
  job: CopyJob,
  signal: AbortSignal,
  onFraction: (fraction: number) => void,
): Promise<void> {
  const partial = partialPath(job.target.path);
  try {
    await runCommand("qemu-img", convertArgs(job), {
      signal,
      diesWithUs: true,
      onStdout: (text) => {
        const percent = parseProgress(text);
        if (percent !== null) onFraction(percent / 100);
      },
    });
    await syncFile(partial);
  } catch (error) {
    await removeIfThere(partial);
    throw error;
  }
}

/** Gives a complete file its final name, durably. */
export async function publish(path: string): Promise<void> {
  await Deno.rename(partialPath(path), path);
  await syncFile(dirname(path));
}
