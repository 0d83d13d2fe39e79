/**
 * Secrets for programs that take them only from a file: in memory where there is a tmpfs, readable by this user
 * alone, overwritten before they are removed. What a killed run left is removed by the next.
 *
 * @module
 */
import { join } from "@std/path";
import { removeStale, WorkDir } from "./workdir.ts";

const PREFIX = ".hyper2kvm-secrets-";
/** Folders in memory, the better first: one of this user alone, then one of all. */
const MEMORY = ["XDG_RUNTIME_DIR", "/dev/shm"] as const;

/** Files with secrets; overwritten and removed on dispose. */
export class SecretFiles implements AsyncDisposable {
  readonly #folder: WorkDir;
  #count = 0;

  private constructor(folder: WorkDir) {
    this.#folder = folder;
  }

  /**
   * Makes an empty set.
   *
   * @param fallback Folder to use where the system has none in memory
   */
  static async create(
    fallback: string,
    candidates: readonly string[] = memoryFolders(),
  ): Promise<SecretFiles> {
    for (const parent of [...candidates, fallback]) {
      if (parent !== fallback && !await isMemory(parent)) continue;
      return new SecretFiles(await WorkDir.create(parent, overwriteAll, PREFIX));
    }
    throw new Error("the fallback is a folder");
  }

  /** Writes one secret and returns the path of its file (mode 0600). */
  async add(secret: string | Uint8Array<ArrayBuffer>): Promise<string> {
    const path = join(this.#folder.path, String(++this.#count));
    const bytes = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
    await Deno.writeFile(path, bytes, { createNew: true, mode: 0o600 });
    return path;
  }

  /** Overwrites and removes them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await overwriteAll(this.#folder.path);
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** Overwrites and removes what runs that were killed have left. */
export async function removeStaleSecrets(
  candidates: readonly string[] = memoryFolders(),
): Promise<string[]> {
  const removed: string[] = [];
  for (const parent of candidates) {
    if (await isMemory(parent)) removed.push(...await removeStale(parent, overwriteAll, PREFIX));
  }
  return removed;
}

function memoryFolders(): string[] {
  return MEMORY.flatMap((name) => {
    const path = name.startsWith("/") ? name : Deno.env.get(name);
    return path === undefined || path === "" ? [] : [path];
  });
}

/** The type of a filesystem in memory: TMPFS_MAGIC of statfs(2), by its name in /proc/mounts. */
async function isMemory(path: string): Promise<boolean> {
  try {
    const real = await Deno.realPath(path);
    const mounts = (await Deno.readTextFile("/proc/mounts")).split("\n").map((line) => line.split(" "));
    const holding = mounts.filter(([, at]) =>
      at !== undefined && `${real}/`.startsWith(at === "/" ? "/" : `${at}/`)
    );
    const nearest = holding.reduce(
      (best, one) => one[1]!.length >= (best?.[1]?.length ?? 0) ? one : best,
      holding[0],
    );
    return nearest?.[2] === "tmpfs" && await isWritable(real);
  } catch (error) {
    const { NotFound, PermissionDenied, NotCapable } = Deno.errors;
    if (error instanceof NotFound || error instanceof PermissionDenied || error instanceof NotCapable) {
      return false;
    }
    throw error;
  }
}

async function isWritable(folder: string): Promise<boolean> {
  const { isDirectory, mode, uid } = await Deno.stat(folder);
  return isDirectory && (Deno.uid() === 0 || uid === Deno.uid() || ((mode ?? 0) & 0o002) !== 0);
}

async function overwriteAll(folder: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile) continue;
    using file = await Deno.open(join(folder, name), { read: true, write: true });
    const { size } = await file.stat();
    await file.write(new Uint8Array(size));
    await file.sync();
  }
}
