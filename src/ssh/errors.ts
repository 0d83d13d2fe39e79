/**
 * What ssh says on standard error, as one line and its cure.
 *
 * @module
 */
import { type ErrorCode, MigrateError } from "../model/error.ts";
import type { SshAddress } from "./address.ts";

/** A rule: what ssh says, and what it means. */
interface Rule {
  readonly says: RegExp;
  readonly code: ErrorCode;
  readonly reason: string;
  readonly hint: (address: SshAddress) => string;
}

const RULES: readonly Rule[] = [
  {
    says: /REMOTE HOST IDENTIFICATION HAS CHANGED|Offending .* key in/,
    code: "network/failed",
    reason: "its host key is not the known one",
    hint: ({ host }) => `If the host was installed anew: ssh-keygen -R ${host}, then log in once with ssh.`,
  },
  {
    says: /Host key verification failed|No .* host key is known/,
    code: "network/failed",
    reason: "its host key is not known",
    hint: ({ host }) => `Log in once with ssh ${host} and compare the key, or add it to known_hosts.`,
  },
  {
    says: /Permission denied \(|Too many authentication failures|Load key .*: |UNPROTECTED PRIVATE KEY/,
    code: "permission/denied",
    reason: "it refuses the key",
    hint: () => "Check the user; load the key with ssh-add, or name it with --identity.",
  },
  {
    says: /Could not resolve hostname|Name or service not known/,
    code: "network/failed",
    reason: "there is no such host",
    hint: () => "Check the name.",
  },
  {
    says: /Connection refused/,
    code: "network/failed",
    reason: "nothing listens on the port",
    hint: () => "Start SSH there (on ESXi: Host, Services, TSM-SSH), or name the port with --port.",
  },
  {
    says: /Bad configuration option|command-line line \d+|unsupported option/i,
    code: "usage/bad-value",
    reason: "ssh does not take an option",
    hint: () => "Check --ssh-opt; see man ssh_config.",
  },
];

/** Exit statuses of our own commands on the far side, `statCommand`. */
const FILE_STATUSES: Readonly<Record<number, readonly [ErrorCode, string, string]>> = {
  44: ["source/missing", "there is no such file", "Check the path on the far side."],
  45: ["source/unsupported", "it is not a file", "Name the disk or the .vmx itself."],
  46: ["permission/denied", "permission denied", "Log in as a user who may read it."],
};

/** The error of a connection that failed. */
export function connectionError(address: SshAddress, stderr: string): MigrateError {
  const rule = RULES.find(({ says }) => says.test(stderr));
  const last = stderr.trim().split("\n").at(-1)?.trim().replace(/\.$/, "");
  const reason = rule?.reason ?? (last === undefined || last === "" ? "the connection ended" : last);
  return new MigrateError(rule?.code ?? "network/failed", `Cannot reach ${address.host}: ${reason}.`, {
    hint: rule?.hint(address) ??
      `Try: ssh ${address.user === undefined ? "" : `${address.user}@`}${address.host}`,
    cause: { stderr },
  });
}

/** The error of a command on the far side. */
export function remoteFileError(
  address: SshAddress,
  path: string,
  status: number,
  stderr: string,
): MigrateError {
  const known = FILE_STATUSES[status];
  if (known === undefined) return connectionError(address, stderr);
  const [code, reason, hint] = known;
  return new MigrateError(code, `Cannot read ${path} on ${address.host}: ${reason}.`, { hint });
}
