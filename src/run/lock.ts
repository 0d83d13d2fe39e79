/**
 * One run at a time in an output folder: a lock file that names the process which holds it. The lock of a process
 * that is gone counts for nothing.
 *
 * @module
 */
import { exists, removeIfThere } from "./files.ts";
import { join } from "@std/path";
import { MigrateError } from "../model/error.ts";
import { isRunning, type ProcessIdentity, thisProcess } from "./process_identity.ts";

const NAME = ".hyper2kvm-lock";

/** The process that holds a lock. */
export interface LockHolder extends ProcessIdentity {
  /** The host that it runs on. */
  readonly host: string;
}

/** A held lock; released on dispose. */
export class FolderLock implements AsyncDisposable {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Takes the lock of a folder.
   *
   * @param deed What is to be done there, for the error
   * @throws {MigrateError} `run/busy` with the process that holds it
   */
  static async take(folder: string, deed = "write to"): Promise<FolderLock> {
    const path = join(folder, NAME);
    const holder: LockHolder = { ...await thisProcess(), host: Deno.hostname() };
    const mine = `${path}.${holder.pid}-${holder.ticks}-${crypto.randomUUID()}`;
    await Deno.writeTextFile(mine, JSON.stringify(holder), { createNew: true });
    try {
      while (!await linked(mine, path) && !await replacedDead(folder, mine, path, deed)) await delay(10);
    } finally {
      await Deno.remove(mine);
    }
    await sweep(folder);
    return new FolderLock(path);
  }

  /** Releases the lock. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#path);
  }
}

/** Who holds the lock of a folder; null when nobody that is alive does. */
export async function lockHolder(folder: string): Promise<LockHolder | null> {
  const holder = await readHolder(join(folder, NAME));
  return holder !== null && await isAlive(holder) ? holder : null;
}

/** Removes what a process that was killed while it took the lock has left. */
async function sweep(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    const [, pid, ticks] = /^\.hyper2kvm-lock\.(\d+)-(\d+)-/.exec(name) ?? [];
    if (pid === undefined || ticks === undefined || await isRunning({ pid: Number(pid), ticks })) continue;
    await Deno.remove(join(folder, name));
  }
  await removeDeadGuard(join(folder, `${NAME}.steal`));
}

/** link(2) fails when the name is taken, also between processes. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await Deno.link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

/**
 * Puts our lock in the place of a dead process's; of several that try, only the one with the guard does. False when it
 * is to be tried again.
 */
async function replacedDead(
  folder: string,
  mine: string,
  path: string,
  deed: string,
): Promise<boolean> {
  const holder = await readHolder(path);
  if (holder !== null && await isAlive(holder)) throw busy(folder, holder, deed);
  const guard = `${path}.steal`;
  if (!await linked(mine, guard)) {
    await removeDeadGuard(guard);
    return false;
  }
  try {
    const now = await readHolder(path);
    if (now !== null && await isAlive(now)) throw busy(folder, now, deed);
    // Nobody but us, who have the guard, takes a dead lock away; one that is gone already was released.
    if (!await exists(path)) return false;
    const copy = `${mine}-2`;
    await Deno.link(mine, copy);
    await Deno.rename(copy, path);
    return true;
  } finally {
    await Deno.remove(guard);
  }
}

async function removeDeadGuard(guard: string): Promise<void> {
  const holder = await readHolder(guard);
  if (holder === null || await isAlive(holder)) return;
  await removeIfThere(guard);
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function busy(folder: string, { pid, host }: LockHolder, deed: string): MigrateError {
  const where = host === Deno.hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  return new MigrateError("run/busy", `Cannot ${deed} ${folder}: ${where} is at work there.`, {
    hint: host === Deno.hostname()
      ? `Wait for it (hyper2kvm status ${folder}), or choose another folder with -o.`
      : `If that process is gone, remove ${join(folder, NAME)}.`,
  });
}

async function readHolder(path: string): Promise<LockHolder | null> {
  try {
    return JSON.parse(await Deno.readTextFile(path)) as LockHolder;
  } catch (error) {
    // A lock that holds no process, as after a crash of the host, is nobody's.
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** A process of another host cannot be seen and counts as alive. */
async function isAlive(holder: LockHolder): Promise<boolean> {
  return holder.host !== Deno.hostname() || await isRunning(holder);
}
