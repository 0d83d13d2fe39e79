/**
 * Which files a program has open for writing, as /proc shows it (proc(5): fd, fdinfo).
 *
 * @module
 */

/** The access mode in the flags of an open file: O_WRONLY or O_RDWR (open(2)). */
const WRITE_MODES = 0b11;

/**
 * Those of the paths that a program of this host has open for writing. Programs of other users are seen by root only;
 * without a readable /proc nothing is.
 *
 * @param paths Absolute, without symbolic links
 */
export async function openForWriting(paths: ReadonlySet<string>): Promise<Set<string>> {
  const found = new Set<string>();
  if (paths.size === 0) return found;
  for await (const { name: pid } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    for (const fd of await descriptors(pid)) {
      const path = await hidden(() => Deno.readLink(`/proc/${pid}/fd/${fd}`), "");
      if (!paths.has(path) || found.has(path)) continue;
      const info = await hidden(() => Deno.readTextFile(`/proc/${pid}/fdinfo/${fd}`), "");
      const flags = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? "0", 8);
      if ((flags & WRITE_MODES) !== 0) found.add(path);
    }
  }
  return found;
}

async function descriptors(pid: string): Promise<string[]> {
  return await hidden(async () => {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(`/proc/${pid}/fd`)) names.push(name);
    return names;
  }, []);
}

/** What a call gives; `otherwise` when the process is gone or another user's. */
async function hidden<T>(call: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const isHidden = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied ||
      ["ESRCH", "ENOENT", "EACCES"].includes((error as { code?: string }).code ?? "");
    if (isHidden) return otherwise;
    throw error;
  }
}
