/**
 * The appliance's qemu as a process: how to find it and end it while libguestfs blocks its thread, and what
 * it leaves behind when this program is killed.
 *
 * `guestfs_get_pid` waits for the call that is running, so it is of no use here; qemu's own pid file is.
 *
 * @module
 */
import { removeIfThere } from "../run/files.ts";
import { join } from "@std/path";
import { isRunningChild, killChild } from "../../ffi/process.ts";

/** Names of the records in the session's temporary folder. */
const PID_PREFIX = "appliance-";
const SOCKETS_SUFFIX = ".sockets";

/** The appliance of one session, known by its pid file. */
export class Appliance {
  /** The file that qemu writes its process id to. */
  readonly pidFile: string;
  readonly #socketsFile: string;

  /** Names the records of one session; nothing is written yet. */
  constructor(tmpDir: string) {
    const id = crypto.randomUUID().slice(0, 8);
    this.pidFile = join(tmpDir, `${PID_PREFIX}${id}.pid`);
    this.#socketsFile = join(tmpDir, `${PID_PREFIX}${id}${SOCKETS_SUFFIX}`);
  }

  /** The process id of the qemu that runs now; null before it starts and after it has ended. */
  async pid(): Promise<number | null> {
    const pid = Number(await readOrEmpty(this.pidFile));
    // After a crash the file stays, and the number may belong to another process by now.
    return pid > 0 && isRunningChild(pid) ? pid : null;
  }

  /** Ends qemu at once: the call that waits for it fails. Does nothing when there is none. */
  async kill(): Promise<void> {
    const pid = await this.pid();
    if (pid !== null) killChild(pid);
  }

  /**
   * Notes where libguestfs keeps its sockets, for {@linkcode removeSockets} after a kill -9. Deno shows /proc
   * only to programs with all permissions: without them nothing is noted.
   */
  async record(): Promise<void> {
    const pid = await this.pid();
    const commandLine = pid === null ? "" : await readOrEmpty(`/proc/${pid}/cmdline`);
    const folder = /path=([^,\0]+\/libguestfs\w{6})\/guestfsd\.sock/.exec(commandLine)?.[1];
    if (folder !== undefined) await Deno.writeTextFile(this.#socketsFile, folder);
  }

  /** Removes the records; qemu removes its pid file itself unless it was killed. */
  async forget(): Promise<void> {
    for (const file of [this.pidFile, this.#socketsFile]) await removeIfThere(file);
  }
}

/**
 * Removes the socket folders that sessions of a killed program left in the system's temporary folder; their
 * records are in `tmpDir`. Call it before removing that folder.
 */
export async function removeSockets(tmpDir: string): Promise<void> {
  for await (const { name } of Deno.readDir(tmpDir)) {
    if (!name.startsWith(PID_PREFIX) || !name.endsWith(SOCKETS_SUFFIX)) continue;
    const folder = await Deno.readTextFile(join(tmpDir, name));
    if (/\/libguestfs\w{6}$/.test(folder)) await removeIfThere(folder, true);
  }
}

async function readOrEmpty(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const { NotFound, NotCapable } = Deno.errors;
    if (error instanceof NotFound || (error instanceof NotCapable && path.startsWith("/proc/"))) return "";
    throw error;
  }
}
