/**
 * Disks of Hyper-V that may stand on others: whether one does, and on which. Threads read them.
 *
 * @module
 */
import { wholeInput } from "../input/input_head.ts";
import type { Window } from "../input/window.ts";
import type { InputHead } from "../source.ts";
import { isVhd } from "../vhd/format.ts";
import { isVhdx } from "../vhdx/format.ts";
import { askReader } from "../worker/ask.ts";
import { folderOf } from "../worker/folder.ts";
import type { Chain } from "./serve_files.ts";

/** What is asked of a disk. */
export interface ChainQuestion {
  /** Its format. */
  readonly kind: Chain["kind"];
  /** Where it is. */
  readonly disk: Window;
  /** A look at the disk alone, or its whole chain. */
  readonly wants: "look" | "chain";
}

/** What a disk says of itself. */
export interface DiskLook {
  /** Whether it stands on another one; false for one that cannot be read, which qemu then says. */
  readonly isDifferencing: boolean;
  /** `fixed`, `dynamic` or `differencing`, where the format has types. */
  readonly type?: string;
}

/**
 * Looks at a disk alone.
 *
 * @throws {MigrateError} `source/damaged` or `run/cancelled`
 */
export async function lookAtDisk(kind: Chain["kind"], disk: Window, signal: AbortSignal): Promise<DiskLook> {
  return await ask({ kind, disk, wants: "look" }, signal);
}

/**
 * Whether a disk is one of Hyper-V that stands on another.
 *
 * @throws {MigrateError} as {@linkcode lookAtDisk}
 */
export async function standsOnOthers(head: InputHead, signal: AbortSignal): Promise<boolean> {
  const kind = isVhdx(head.bytes) ? "vhdx" : isVhd(head) ? "vhd" : null;
  return kind !== null && (await lookAtDisk(kind, wholeInput(head), signal)).isDifferencing;
}

/**
 * Reads a disk and those below it, which must lie in its folder.
 *
 * @throws {MigrateError} `source/missing`, `source/damaged` or `source/unsupported`, naming the disk; `run/cancelled`
 */
export async function readChain(kind: Chain["kind"], disk: Window, signal: AbortSignal): Promise<Chain> {
  return await ask({ kind, disk, wants: "chain" }, signal);
}

async function ask<T>(question: ChainQuestion, signal: AbortSignal): Promise<T> {
  const { path } = question.disk;
  const worker = new Worker(new URL("./chain_worker.ts", import.meta.url), {
    type: "module",
    name: "chain",
    deno: { permissions: folderOf(path) },
  });
  return await askReader<T>(worker, question, { path, signal });
}
