/**
 * What the far side says of a file, and its first and last bytes.
 *
 * @module
 */
import type { InputHead } from "../source.ts";
import { headCommand, statAllCommand, statCommand, tailCommand } from "../../ssh/arguments.ts";
import { connectionError, remoteFileError } from "../../ssh/errors.ts";
import type { SshSession } from "../../ssh/session.ts";

/** A file on another machine. */
export interface RemoteStat {
  /** Length in bytes. */
  readonly sizeBytes: number;
  /** When it was written last, in milliseconds since 1970. */
  readonly mtimeMs: number;
}

const HEAD_BYTES = 128 * 1024;
const TAIL_BYTES = 512;

/**
 * The length and the time of a remote file.
 *
 * @throws {MigrateError} `source/missing`, `source/unsupported`, `permission/denied` or `network/failed`
 */
export async function statRemote(session: SshSession, path: string): Promise<RemoteStat> {
  const { status, stdout, stderr } = await session.run(statCommand(path));
  const stat = parseStat(stdout);
  if (status !== 0 || stat === null) throw remoteFileError(session.address, path, status, stderr);
  return stat;
}

function parseStat(line: string): RemoteStat | null {
  const [, size, seconds] = /^(\d+) (\d+)$/.exec(line.trim()) ?? [];
  const sizeBytes = Number(size);
  return Number.isSafeInteger(sizeBytes) ? { sizeBytes, mtimeMs: Number(seconds) * 1000 } : null;
}

/**
 * The lengths and the times of many remote files, asked for at once; null where nothing but a folder, or nothing at
 * all, has the name.
 *
 * @throws {MigrateError} as {@linkcode statRemote}, for a file that may not be read
 */
export async function statAllRemote(
  session: SshSession,
  paths: readonly string[],
): Promise<(RemoteStat | null)[]> {
  if (paths.length === 0) return [];
  const { stdout } = await session.run(statAllCommand(paths));
  const lines = stdout.trim().split("\n");
  const stats: (RemoteStat | null)[] = [];
  for (const [index, path] of paths.entries()) {
    const line = lines[index] ?? "";
    stats.push(line === "-" ? null : parseStat(line) ?? await statRemote(session, path));
  }
  return stats;
}

/** What tells the kind of a remote file; its path is an address. */
export async function headRemote(session: SshSession, path: string, sizeBytes: number): Promise<InputHead> {
  return {
    path: addressOf(session, path),
    bytes: await outputOf(session, headCommand(path, HEAD_BYTES)),
    tail: await outputOf(session, tailCommand(path, TAIL_BYTES)),
    sizeBytes,
  };
}

/** `ssh://user@host:port/path` of a file. */
export function addressOf({ address: { user, host, port } }: SshSession, path: string): string {
  const login = user === undefined ? "" : `${user}@`;
  const name = host.includes(":") ? `[${host}]` : host;
  return `ssh://${login}${name}${port === undefined ? "" : `:${port}`}${path}`;
}

/** What a command prints. */
export async function outputOf(session: SshSession, command: string): Promise<Uint8Array<ArrayBuffer>> {
  await using child = session.start(command);
  const stderr = new Response(child.process.stderr).text();
  const bytes = await new Response(child.process.stdout).bytes();
  const { success } = await child.process.status;
  const said = await stderr;
  if (!success) throw connectionError(session.address, said);
  return bytes;
}
