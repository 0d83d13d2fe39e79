/**
 * Child processes: one wrapper over Deno.Command, with process groups, a time limit and the last lines of
 * stderr in the error.
 *
 * @module
 */
import { MigrateError, type MigrateErrorOptions } from "../model/error.ts";

/** How a child process is run. */
export interface CommandOptions {
  /** Ends the child, and all of its children, when aborted. */
  readonly signal?: AbortSignal;
  /** Ends the child after this many milliseconds. */
  readonly timeoutMs?: number;
  /** Working folder. */
  readonly cwd?: string;
  /** Variables added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Bytes for the child's standard input; without it the child gets none. */
  readonly stdin?: Uint8Array<ArrayBuffer>;
  /** Receives standard output as it comes, for progress. */
  readonly onStdout?: (text: string) => void;
  /** Receives standard output as bytes, which are then not kept; the child waits while it is at work. */
  readonly onBytes?: (bytes: Uint8Array) => void | Promise<void>;
  /** Receives standard error as it comes. */
  readonly onStderr?: (text: string) => void;
  /** Whether the program is killed when this one dies, also by `kill -9`; for what runs long. */
  readonly diesWithUs?: boolean;
  /** Whether what the program has started and left running ends with it; it may hold the output open for ever. */
  readonly endsWhole?: boolean;
  /** Exit statuses that are no failure (default: 0). */
  readonly okStatuses?: readonly number[];
}

/** What a child left. */
export interface CommandResult {
  /** Exit status. */
  readonly status: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
}

/** How many lines of stderr an error shows. */
const TAIL_LINES = 40;
/** How much of each stream is kept, in characters. */
const KEEP_CHARS = 4 * 1024 * 1024;

/** The Debian package of each program, for the hint when it is missing. */
const PACKAGES: Readonly<Record<string, string>> = {
  "qemu-img": "qemu-utils",
  "qemu-nbd": "qemu-utils",
  "nbdcopy": "libnbd-bin",
  "qemu-system-x86_64": "qemu-system-x86",
  "virt-v2v": "virt-v2v",
  "nbdkit": "nbdkit",
  "ssh": "openssh-client",
  "xz": "xz-utils",
  "zstd": "zstd",
  "bwrap": "bubblewrap",
  "supermin": "supermin",
  "lz4": "lz4",
  "lzop": "lzop",
  "bzip2": "bzip2",
};

/** The error for a program that is not installed. */
export function missingTool(program: string, cause?: unknown): MigrateError {
  const name = PACKAGES[program];
  const hint = name === undefined
    ? `Install ${program} and make sure that it is on the PATH.`
    : `Install it: apt-get install ${name} (or the package that holds ${program} on this system).`;
  return new MigrateError("tool/missing", `Cannot run ${program}: it is not installed.`, { hint, cause });
}

/** A running child in a process group of its own; disposing of it ends the whole group. */
export class ChildGroup implements AsyncDisposable {
  /** The child itself. */
  readonly process: Deno.ChildProcess;

  /**
   * Starts a program.
   *
   * @throws {MigrateError} `tool/missing` when there is no such program
   */
  constructor(program: string, options: Deno.CommandOptions) {
    try {
      this.process = new Deno.Command(program, { ...options, detached: true }).spawn();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) throw missingTool(program, error);
      throw error;
    }
  }

  /** Sends a signal to the child and its children; a group that has ended is no error. */
  kill(signal: Deno.Signal = "SIGTERM"): void {
    try {
      Deno.kill(-this.process.pid, signal);
    } catch (error) {
      const gone = error instanceof Deno.errors.NotFound || (error as { code?: string }).code === "ESRCH";
      if (!gone) throw error;
    }
  }

  /** Ends the group: SIGTERM, and SIGKILL when it still runs after two seconds. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    const timer = setTimeout(() => this.kill("SIGKILL"), 2_000);
    await this.process.status;
    clearTimeout(timer);
    this.kill("SIGKILL"); // children that outlived the leader
  }
}

/** Starts a program, through setpriv(1) of util-linux where it is to die with us: prctl(2), PR_SET_PDEATHSIG. */
function start(diesWithUs: boolean, program: string, options: Deno.CommandOptions): ChildGroup {
  if (!diesWithUs) return new ChildGroup(program, options);
  try {
    const args = ["--pdeathsig", "KILL", program, ...options.args ?? []];
    return new ChildGroup("setpriv", { ...options, args });
  } catch (error) {
    if (!(error instanceof MigrateError) || error.code !== "tool/missing") throw error;
    return new ChildGroup(program, options);
  }
}

/** Exit status of setpriv(1) when there is no such program. */
const NOT_FOUND = 127;

/**
 * Runs a program to its end.
 *
 * @throws {MigrateError} `tool/missing`, `tool/failed` (with the last lines of stderr), `tool/timeout`, or
 * `run/cancelled`
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const limit = options.timeoutMs === undefined ? undefined : AbortSignal.timeout(options.timeoutMs);
  if (options.signal?.aborted) throw new MigrateError("run/cancelled", "Cancelled.");
  const child = start(options.diesWithUs === true, program, {
    args: [...args],
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
  });
  let killer: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => {
    child.kill();
    killer = setTimeout(() => child.kill("SIGKILL"), 2_000);
  };
  options.signal?.addEventListener("abort", stop, { once: true });
  limit?.addEventListener("abort", stop, { once: true });
  try {
    const [stdout, stderr, { code }] = await Promise.all([
      options.onBytes === undefined
        ? collect(child.process.stdout, options.onStdout)
        : forward(child, options.onBytes),
      collect(child.process.stderr, options.onStderr),
      options.endsWhole === true ? endOfAll(child) : child.process.status,
      feed(child.process, options.stdin),
    ]);
    if (options.signal?.aborted) throw new MigrateError("run/cancelled", "Cancelled.");
    if (limit?.aborted) {
      throw new MigrateError(
        "tool/timeout",
        `Cannot finish ${program}: it ran longer than ${options.timeoutMs} ms.`,
      );
    }
    if (options.diesWithUs === true && code === NOT_FOUND) throw missingTool(program);
    if (!(options.okStatuses ?? [0]).includes(code)) throw failed(program, code, stderr);
    return { status: code, stdout, stderr };
  } finally {
    clearTimeout(killer);
    options.signal?.removeEventListener("abort", stop);
    limit?.removeEventListener("abort", stop);
    if (options.signal?.aborted || limit?.aborted) child.kill("SIGKILL");
  }
}

async function endOfAll(child: ChildGroup): Promise<Deno.CommandStatus> {
  const status = await child.process.status;
  child.kill("SIGKILL");
  return status;
}

/** The error of a program that ended badly, with the tail of its stderr. */
function failed(program: string, code: number, stderr: string): MigrateError {
  const lines = stderr.trimEnd().split("\n").slice(-TAIL_LINES);
  const reason = lines.join("\n").replaceAll(/^.*?qemu-img: /gm, "");
  const options: MigrateErrorOptions = { cause: { program, code } };
  if (/No space left on device|Disk quota exceeded/.test(reason)) {
    return new MigrateError("space/full", `Cannot finish ${program}: ${lines.at(-1)}`, {
      ...options,
      hint: "Free some space, or choose another folder with -o or --work-dir.",
    });
  }
  return new MigrateError("tool/failed", `${program} failed (exit status ${code}): ${reason}`, options);
}

async function feed(process: Deno.ChildProcess, bytes: Uint8Array<ArrayBuffer> | undefined): Promise<void> {
  if (bytes === undefined) return;
  try {
    await ReadableStream.from([bytes]).pipeTo(process.stdin);
  } catch (error) {
    // A child that exits before it has read everything says why by its status.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

async function forward(child: ChildGroup, onBytes: NonNullable<CommandOptions["onBytes"]>): Promise<string> {
  try {
    for await (const bytes of child.process.stdout) await onBytes(bytes);
    return "";
  } catch (error) {
    child.kill("SIGKILL");
    await child.process.status;
    throw error;
  }
}

async function collect(stream: ReadableStream<Uint8Array>, onText?: (text: string) => void): Promise<string> {
  // Deno reads a stream whole in one piece; chunk by chunk, each short child leaves buffers of 64 KiB behind.
  if (onText === undefined) return (await new Response(stream).text()).slice(-KEEP_CHARS);
  let kept = "";
  for await (
    const text of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
  ) {
    onText(text);
    kept = kept.length > KEEP_CHARS ? kept.slice(-KEEP_CHARS / 2) + text : kept + text;
  }
  return kept;
}
