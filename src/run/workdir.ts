/**
 * The folder for temporary files of one run. Its name carries the process, so that the next run can tell
 * what a killed one left behind and remove it.
 *
 * @module
 */
import { removeIfThere } from "./files.ts";
import { isRunning, thisProcess } from "./process_identity.ts";
import { join } from "@std/path";
import { endProcessesOf } from "./leftover_processes.ts";

const PREFIX = ".hyper2kvm-work-";

/** A temporary folder that is removed on dispose, with everything in it. */
export class WorkDir implements AsyncDisposable {
  /** Absolute path of the folder. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes the folder of this process below `parent`, after removing those of processes that are gone. */
  static async create(
    parent: string,
    beforeRemoval?: (path: string) => Promise<void>,
    prefix = PREFIX,
  ): Promise<WorkDir> {
    await removeStale(parent, beforeRemoval, prefix);
    const { pid, ticks } = await thisProcess();
    const path = join(parent, `${prefix}${pid}-${ticks}-${crypto.randomUUID().slice(0, 8)}`);
    await Deno.mkdir(path, { mode: 0o700 });
    return new WorkDir(path);
  }

  /** Removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await removeIfThere(this.path, true);
  }
}

/**
 * Removes the work folders in `parent` whose process no longer runs, and ends what that process started for them;
 * returns their paths. `beforeRemoval` gets each path first, for what its records name elsewhere. What belongs to
 * another user stays.
 */
export async function removeStale(
  parent: string,
  beforeRemoval: (path: string) => Promise<void> = async () => {},
  prefix = PREFIX,
): Promise<string[]> {
  const removed: string[] = [];
  for await (const entry of Deno.readDir(parent)) {
    if (!entry.isDirectory || !entry.name.startsWith(prefix)) continue;
    const [pid, ticks] = entry.name.slice(prefix.length).split("-");
    if (pid === undefined || ticks === undefined || await isRunning({ pid: Number(pid), ticks })) continue;
    const path = join(parent, entry.name);
    if (!await isOurs(path)) continue;
    await endProcessesOf(path);
    await beforeRemoval(path);
    await removeIfThere(path, true);
    removed.push(path);
  }
  return removed;
}

async function isOurs(path: string): Promise<boolean> {
  try {
    return Deno.uid() === 0 || (await Deno.lstat(path)).uid === Deno.uid();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false; // another run was faster
    throw error;
  }
}
