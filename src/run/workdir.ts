/**
 * The folder for temporary files of one run. Its name carries the process, so that the next run can tell
 * what a killed one left behind and remove it.
 *
 * @module
 */
import { basename, join } from "@std/path";
import { exists, removeIfThere } from "./files.ts";
import { isRunning, thisProcess } from "./process_identity.ts";
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

  /** Removes the folder, unless it is kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    await removeUnlessKept(this.path);
  }
}

/** The file that says that a work folder is kept for the next run. */
const KEPT_MARK = ".kept";

/** Keeps a work folder, whatever ends the run: a later run goes on with what is in it. */
export async function keepFolder(path: string): Promise<void> {
  await Deno.writeTextFile(join(path, KEPT_MARK), "");
}

/** Takes that back. */
export async function unkeepFolder(path: string): Promise<void> {
  await removeIfThere(join(path, KEPT_MARK));
}

/** Removes a work folder that is not kept. */
export async function removeUnlessKept(path: string): Promise<void> {
  if (!await exists(join(path, KEPT_MARK))) await removeIfThere(path, true);
}

/** Whether the path is that of a work folder whose process no longer runs. */
export async function isStale(path: string, prefix: string = PREFIX): Promise<boolean> {
  const name = basename(path);
  const [pid, ticks] = name.slice(prefix.length).split("-");
  if (!name.startsWith(prefix) || pid === undefined || ticks === undefined) return false;
  return !await isRunning({ pid: Number(pid), ticks });
}

/**
 * Removes the work folders in `parent` whose process no longer runs and that are not kept, and ends what that process
 * started for them; returns their paths. `beforeRemoval` gets each path first, for what its records name elsewhere.
 * What belongs to another user stays.
 */
export async function removeStale(
  parent: string,
  beforeRemoval: (path: string) => Promise<void> = async () => {},
  prefix = PREFIX,
): Promise<string[]> {
  const removed: string[] = [];
  for await (const entry of Deno.readDir(parent)) {
    const path = join(parent, entry.name);
    if (!entry.isDirectory || !await isStale(path, prefix) || !await isOurs(path)) continue;
    // A later run may be at work in it, under the name of the one that made it.
    if (await exists(join(path, KEPT_MARK))) continue;
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
