/**
 * Arguments of ssh, and the commands that run on the far side: they need nothing but what busybox on an ESXi
 * host has.
 *
 * @module
 */
import type { Job } from "../config/schema.ts";
import type { SshAddress } from "./address.ts";

/** What the user chose; the rest is ssh_config's. */
export interface SshChoices {
  /** Private key. */
  readonly identity?: string;
  /** Port; the address wins. */
  readonly port?: number;
  /** Options as in ssh_config, `Name=value`. */
  readonly options: readonly string[];
}

/** The choices in a job. */
export function choicesOf(
  { identity, port, ssh_opt }: Partial<Pick<Job, "identity" | "port" | "ssh_opt">>,
): SshChoices {
  return {
    options: ssh_opt ?? [],
    ...(identity === undefined ? {} : { identity }),
    ...(port === undefined ? {} : { port }),
  };
}

/** The unit of `dd`, and so of resuming. */
export const BLOCK_BYTES = 1024 * 1024;

/**
 * What every call has: no questions, because nobody may be there to answer them, and an end to connections
 * that have died. The user's own options come first, because ssh takes the first value of each.
 */
function common({ host, user, port }: SshAddress, choices: SshChoices, socket: string): string[] {
  const chosenPort = port ?? choices.port;
  return [
    ...choices.options.flatMap((option) => ["-o", option]),
    ...(choices.identity === undefined ? [] : ["-i", choices.identity]),
    ...(chosenPort === undefined ? [] : ["-p", String(chosenPort)]),
    ...(user === undefined ? [] : ["-l", user]),
    ...["BatchMode=yes", "ConnectTimeout=15", "ServerAliveInterval=10", "ServerAliveCountMax=3"]
      .flatMap((option) => ["-o", option]),
    "-o",
    // ssh expands % in this path.
    `ControlPath=${socket.replaceAll("%", "%%")}`,
    "--",
    host,
  ];
}

/**
 * Arguments of the one connection that all others go through. It ends with its standard input, so that it
 * does not outlive this program, however that ends.
 */
export function masterArgs(address: SshAddress, choices: SshChoices, socket: string): string[] {
  const log = ["-o", "LogLevel=ERROR"];
  const command = "cat >/dev/null";
  return ["-M", "-T", "-o", "ControlPersist=no", ...log, ...common(address, choices, socket), command];
}

/** Arguments that ask whether the connection stands. */
export function checkMasterArgs(address: SshAddress, choices: SshChoices, socket: string): string[] {
  return ["-O", "check", ...common(address, choices, socket)];
}

/** Arguments that run a command over the connection, and never over one of its own. */
export function commandArgs(
  address: SshAddress,
  choices: SshChoices,
  socket: string,
  command: string,
): string[] {
  return [
    "-T",
    "-o",
    "ControlMaster=no",
    "-o",
    "ProxyCommand=false",
    ...common(address, choices, socket),
    command,
  ];
}

/** Arguments that print the settings of ssh for a host. */
export function settingsArgs(address: SshAddress, choices: SshChoices): string[] {
  return ["-G", ...common(address, choices, "none")];
}

/** A word for a POSIX shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Prints the length of a file in bytes, and when it was written in seconds. */
export function statCommand(path: string): string {
  return `LC_ALL=C; export LC_ALL; test -e ${quote(path)} || { echo 'No such file' >&2; exit 44; }; ` +
    `test -f ${quote(path)} || { echo 'Not a file' >&2; exit 45; }; ` +
    `test -r ${quote(path)} || { echo 'Permission denied' >&2; exit 46; }; ` +
    `stat -L -c '%s %Y' -- ${quote(path)}`;
}

/** Prints the same of many files, a line for each: `-` where there is no file, `?` where it may not be read. */
export function statAllCommand(paths: readonly string[]): string {
  return `LC_ALL=C; export LC_ALL; for f in ${
    paths.map(quote).join(" ")
  }; do if ! test -f "$f"; then echo -; ` +
    `elif ! test -r "$f"; then echo '?'; else stat -L -c '%s %Y' -- "$f" || exit 1; fi; done`;
}

/** Prints the first bytes of a file. */
export function headCommand(path: string, bytes: number): string {
  return `dd if=${quote(path)} bs=${bytes} count=1 2>/dev/null`;
}

/** Prints the last bytes of a file. */
export function tailCommand(path: string, bytes: number): string {
  return `tail -c ${bytes} < ${quote(path)}`;
}

/** Prints a file from a block of {@linkcode BLOCK_BYTES} on. */
export function readCommand(path: string, fromBlock: number): string {
  return `dd if=${quote(path)} bs=${BLOCK_BYTES} skip=${fromBlock} 2>/dev/null`;
}

/** Prints the SHA-256 of a file; prints nothing where there is no sha256sum. */
export function hashCommand(path: string): string {
  return `if command -v sha256sum >/dev/null 2>&1; then sha256sum < ${quote(path)}; fi`;
}
