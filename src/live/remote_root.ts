/**
 * Shell scripts that run as root on a guest: by logging in as root, or through sudo. A password for sudo goes
 * through standard input and the environment of sudo alone, where no other user of the guest can see it.
 *
 * @module
 */
import { cancelled, MigrateError } from "../model/error.ts";
import type { ChildGroup } from "../run/command.ts";
import { quote } from "../ssh/arguments.ts";
import { connectionError } from "../ssh/errors.ts";
import type { SshSession } from "../ssh/session.ts";
import { sudoError, wantsPassword } from "./sudo_errors.ts";

/** How one becomes root. */
export interface RootAccess {
  /** Whether through sudo; otherwise the user that logs in is root. */
  readonly sudo: boolean;
  /** What sudo asks for. */
  readonly password?: string;
}

/** What a script left. */
export interface ScriptResult {
  /** Its exit status. */
  readonly status: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
}

/** Exit status of ssh itself when it fails. */
const SSH_FAILED = 255;
/** The variable that holds the password between the shell that reads it and the program that sudo asks. */
const VARIABLE = "H2K_SUDO";
/** In front of every script: one language, and the administrator's programs. */
const PRELUDE = "LC_ALL=C; PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH; export LC_ALL PATH; umask 077\n";

/**
 * The command that runs a script as root. sudo asks printenv(1) for the password, with the name of the variable as
 * the prompt: nothing is written to disk, and nothing secret stands in an argument.
 */
export function rootCommand(script: string, { sudo, password }: RootAccess): string {
  const shell = `sh -c ${quote(`unset ${VARIABLE}; ${PRELUDE}${script}`)}`;
  if (!sudo) return `exec ${shell}`;
  if (password === undefined) return `LC_ALL=C exec sudo -n -- ${shell}`;
  return `IFS= read -r ${VARIABLE}; export ${VARIABLE}; LC_ALL=C SUDO_ASKPASS=$(command -v printenv) ` +
    `exec sudo -A -p ${VARIABLE} -- ${shell}`;
}

/** Root on one guest, over one connection. */
export class RemoteRoot {
  readonly #session: SshSession;
  readonly #access: RootAccess;

  private constructor(session: SshSession, access: RootAccess) {
    this.#session = session;
    this.#access = access;
  }

  /**
   * Becomes root once, so that a refusal is known before anything else is done.
   *
   * @param askPassword asked once when sudo wants a password and none was given
   * @throws {MigrateError} `permission/denied` when the user is not root and sudo refuses, `network/failed`
   */
  static async open(
    session: SshSession,
    access: RootAccess,
    askPassword: () => string | undefined = () => undefined,
  ): Promise<RemoteRoot> {
    const root = new RemoteRoot(session, access);
    const { status, stdout, stderr } = await root.run("id -u");
    if (status === 0 && stdout.trim() === "0") return root;
    const error = sudoError(session.address, access, stderr);
    const password = wantsPassword(error) ? askPassword() : undefined;
    if (password === undefined) throw error;
    return await RemoteRoot.open(session, { ...access, password });
  }

  /** The name of the guest's host. */
  get host(): string {
    return this.#session.address.host;
  }

  /**
   * Runs a script to its end, whatever its status.
   *
   * @throws {MigrateError} `network/failed` when the connection is lost
   */
  async run(script: string, stdin?: Uint8Array): Promise<ScriptResult> {
    const result = await this.#session.run(rootCommand(script, this.#access), this.#input(stdin));
    if (result.status === SSH_FAILED) throw this.#lost(result.stderr);
    return result;
  }

  /**
   * Runs a script to its end and returns what it printed.
   *
   * @param doing what it is for, as in "Cannot X"
   * @throws {MigrateError} `fix/failed` with its last line when its status is not 0, `space/full`, `network/failed`
   */
  async must(doing: string, script: string, stdin?: Uint8Array): Promise<string> {
    const { status, stdout, stderr } = await this.run(script, stdin);
    if (status === 0) return stdout;
    throw scriptError(doing, stderr);
  }

  /** Runs a script and returns the bytes that it printed; the status does not count. */
  async bytes(script: string): Promise<Uint8Array<ArrayBuffer>> {
    const chunks: Uint8Array[] = [];
    await this.stream(script, (chunk) => void chunks.push(chunk));
    return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
  }

  /**
   * Runs a script and gives what it prints to `take`, as it comes; the status does not count.
   *
   * @throws {MigrateError} `network/failed`, `run/cancelled`
   */
  async stream(script: string, take: (chunk: Uint8Array) => void | Promise<void>): Promise<void> {
    const { signal } = this.#session;
    await using child = this.start(script);
    const stop = (): void => child.kill("SIGKILL");
    signal.addEventListener("abort", stop, { once: true });
    const stderr = new Response(child.process.stderr).text();
    const fed = this.#feed(child);
    try {
      for await (const chunk of child.process.stdout) await take(chunk);
      await fed;
    } finally {
      signal.removeEventListener("abort", stop);
    }
    if (signal.aborted) throw cancelled();
    if ((await child.process.status).code === SSH_FAILED) throw this.#lost(await stderr);
  }

  /** Starts a script that ends with its standard input; the password for sudo is still to be fed. */
  start(script: string): ChildGroup {
    return this.#session.start(rootCommand(script, this.#access), "piped");
  }

  /** Starts a script and keeps its standard input open for as long as it is not disposed of. */
  async hold(script: string): Promise<ChildGroup> {
    const child = this.start(script);
    const input = this.#input();
    if (input !== undefined) {
      const writer = child.process.stdin.getWriter();
      await writer.write(input);
      writer.releaseLock();
    }
    return child;
  }

  async #feed(child: ChildGroup): Promise<void> {
    try {
      await ReadableStream.from([this.#input() ?? new Uint8Array()]).pipeTo(child.process.stdin);
    } catch (error) {
      // A script that reads nothing may have ended before.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  }

  /** What goes to standard input: the password first, where sudo wants one. */
  #input(content?: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    const { sudo, password } = this.#access;
    if (!sudo || password === undefined) return content === undefined ? undefined : new Uint8Array(content);
    const line = new TextEncoder().encode(`${password}\n`);
    return new Uint8Array([...line, ...content ?? []]);
  }

  #lost(stderr: string): MigrateError {
    const error = connectionError(this.#session.address, stderr);
    return new MigrateError(error.code, error.message, {
      hint: "Every file of the guest is the old or the new one. Run the same command again: it finishes.",
      cause: error,
    });
  }
}

/** The error of a script: its last line, and the kind that the line tells. */
export function scriptError(doing: string, stderr: string): MigrateError {
  const last = stderr.trim().split("\n").at(-1)?.replace(/^sh: (line )?\d*:? ?/, "").replace(/\.$/, "");
  const reason = last === undefined || last === "" ? "the guest's shell gave no reason" : last;
  if (/No space left on device|Disk quota exceeded/.test(stderr)) {
    return new MigrateError("space/full", `Cannot ${doing}: a disk of the guest is full.`, {
      stage: "fix",
      hint:
        "The old file is in place. Free some space in the guest (apt clean, old kernels), then run again.",
      cause: { stderr },
    });
  }
  if (/Read-only file system/.test(stderr)) {
    return new MigrateError("guest/unsupported", `Cannot ${doing}: the guest's filesystem is read-only.`, {
      stage: "fix",
      hint: "The old file is in place. See dmesg in the guest, check the filesystem, then run again.",
      cause: { stderr },
    });
  }
  return new MigrateError("fix/failed", `Cannot ${doing}: ${reason}.`, { stage: "fix", cause: { stderr } });
}
