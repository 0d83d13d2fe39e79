/**
 * A folder for virt-v2v's sockets, whose paths have few bytes.
 *
 * @module
 */
import { WorkDir } from "../run/workdir.ts";

/** What virt-v2v puts behind its temporary folder, such as `/v2v.AbCdEf/in10`; with some to spare. */
const TAIL_BYTES = 27;
/** The longest path that a Unix socket can have: sun_path less its NUL, unix(7). */
const SOCKET_PATH_BYTES = 107;

/** A folder for sockets: a given one, or one in the system's temporary folder where the path of that is too long. */
export class SocketFolder implements AsyncDisposable {
  /** Absolute path. */
  readonly path: string;
  readonly #own: WorkDir | undefined;

  private constructor(path: string, own?: WorkDir) {
    this.path = path;
    this.#own = own;
  }

  /** Takes the folder if its path is short enough. */
  static async create(folder: string, system = Deno.env.get("TMPDIR") ?? "/tmp"): Promise<SocketFolder> {
    if (new TextEncoder().encode(folder).length + TAIL_BYTES <= SOCKET_PATH_BYTES) {
      return new SocketFolder(folder);
    }
    const own = await WorkDir.create(system);
    return new SocketFolder(own.path, own);
  }

  /** Removes what was made. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own?.[Symbol.asyncDispose]();
  }
}
