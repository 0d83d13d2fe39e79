/**
 * Processes that outlived the run which started them: after a `kill -9` nobody ends what virt-v2v has started.
 *
 * @module
 */

/** The variable that ties a process to the work folder of its run. */
export const WORK_FOLDER_VARIABLE = "VIRT_V2V_TMPDIR";

/** ESRCH, which a thread of the kernel gives and a process that has just ended. */
const NO_SUCH_PROCESS = /os error 3\b/;

/**
 * Ends the processes whose environment names this folder; returns their ids. Those of other users, and of a system
 * whose /proc may not be read, are passed over.
 */
export async function endProcessesOf(folder: string): Promise<number[]> {
  const ended: number[] = [];
  const entry = `\0${WORK_FOLDER_VARIABLE}=${folder}\0`;
  for (const pid of await processes()) {
    if (!`\0${await environment(pid)}\0`.includes(entry)) continue;
    try {
      Deno.kill(pid, "SIGKILL");
      ended.push(pid);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return ended;
}

async function processes(): Promise<number[]> {
  try {
    const names = (await Array.fromAsync(Deno.readDir("/proc"))).map(({ name }) => Number(name));
    return names.filter((pid) => pid > 0 && pid !== Deno.pid);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return [];
    throw error;
  }
}

async function environment(pid: number): Promise<string> {
  try {
    return await Deno.readTextFile(`/proc/${pid}/environ`);
  } catch (error) {
    const { NotFound, PermissionDenied, NotCapable } = Deno.errors;
    if (error instanceof NotFound || error instanceof PermissionDenied || error instanceof NotCapable) {
      return "";
    }
    if (NO_SUCH_PROCESS.test((error as Error).message)) return "";
    throw error;
  }
}
