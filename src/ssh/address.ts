/**
 * Addresses of files on other machines: `ssh://user@host:port/path`.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";

/** Where a file is. */
export interface SshAddress {
  /** Host name, address, or an alias of ssh_config. */
  readonly host: string;
  /** User; without it ssh decides. */
  readonly user?: string;
  /** Port; without it ssh decides. */
  readonly port?: number;
  /** Absolute path over there. */
  readonly path: string;
}

/**
 * Reads an address; `%20` and the like in the path are decoded.
 *
 * @throws {MigrateError} `usage/bad-value`
 */
export function parseSshAddress(address: string): SshAddress {
  const match = /^ssh:\/\/(?:([^@/]+)@)?(\[[0-9a-f:.%]+\]|[^:/@\s]+)(?::(\d+))?(\/[^\0\n]*)$/i.exec(address);
  const [, user, host = "", port, path = ""] = match ?? [];
  // A leading dash would be an option of ssh.
  const isBad = match === null || host.startsWith("-") || user?.startsWith("-") || /:/.test(user ?? "") ||
    path.endsWith("/") || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535;
  if (isBad) {
    throw new MigrateError(
      "usage/bad-value",
      `Cannot use ${withoutPassword(address)}: it is no file over SSH.`,
      {
        hint: "Write ssh://user@host[:port]/path/vm.vmdk; ssh's agent and keys log in, not a password.",
      },
    );
  }
  return {
    host: host.replace(/^\[|\]$/g, ""),
    path: decoded(path),
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

/**
 * Reads the address of a machine: `[USER@]HOST`, or `ssh://[USER@]HOST[:PORT]`; its path is `/`.
 *
 * @throws {MigrateError} `usage/bad-value`
 */
export function parseSshHost(address: string): SshAddress {
  const isUrl = address.startsWith("ssh://");
  // Without a scheme, colons belong to an IPv6 address.
  const bare = /^(?:([^@/\s]+)@)?([^@/\s]+)$/.exec(address);
  const [, user, host = ""] = bare ?? [];
  const literal = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const url = isUrl
    ? address.replace(/\/?$/, "")
    : bare === null
    ? ""
    : `ssh://${user === undefined ? "" : `${user}@`}${literal}`;
  try {
    const found = parseSshAddress(`${url}/.`);
    if (found.path !== "/.") throw noMachine(address);
    return { ...found, path: "/" };
  } catch (error) {
    throw error instanceof MigrateError ? noMachine(address) : error;
  }
}

function noMachine(address: string): MigrateError {
  return new MigrateError(
    "usage/bad-value",
    `Cannot use ${withoutPassword(address)}: it is no machine over SSH.`,
    { hint: "Write USER@HOST or ssh://USER@HOST:PORT; ssh's agent and keys log in, not a password." },
  );
}

function withoutPassword(address: string): string {
  return address.replace(/:\/\/([^@/:]*):[^@/]*@/, "://$1:***@");
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path; // a name with a percent sign in it
    throw error;
  }
}

/** The directory of a path over there, without a trailing slash. */
export function remoteFolder(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
