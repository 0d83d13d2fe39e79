/**
 * Processes and their memory, from proc(5).
 *
 * @module
 */

/** A process and all of its descendants; empty when there is no such process. */
export async function processTree(root: number): Promise<number[]> {
  const children = new Map<number, number[]>();
  let found = false;
  for await (const entry of Deno.readDir("/proc")) {
    const pid = Number(entry.name);
    if (!Number.isInteger(pid)) continue;
    found ||= pid === root;
    const parent = parentOf(await read(`/proc/${pid}/stat`));
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const walk = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(walk)];
  return found ? walk(root) : [];
}

/** The parent's pid in the text of /proc/PID/stat: the second field after the name in parentheses. */
export function parentOf(stat: string): number | undefined {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[1] === undefined ? undefined : Number(fields[1]);
}

/** A size from /proc/PID/status, in bytes; 0 when the process has ended. */
export async function statusBytes(pid: number, field: "VmHWM" | "VmRSS"): Promise<number> {
  const text = await read(`/proc/${pid}/status`);
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024;
}

/** Memory that a process holds now, in bytes; 0 when it has ended. */
export function residentBytes(pid: number): Promise<number> {
  return statusBytes(pid, "VmRSS");
}

/** The text of a file below /proc; empty when its process has ended. */
async function read(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    // ESRCH, when it ends while it is read; Deno has no error class for it.
    if (error instanceof Deno.errors.NotFound || (error as Error).message.includes("(os error 3)")) return "";
    throw error;
  }
}
