/**
 * The settings that the system's ssh uses for a host, for programs that bring an SSH of their own (libssh) and know
 * less of ssh_config.
 *
 * @module
 */
import { runCommand } from "../run/command.ts";
import type { SshAddress } from "./address.ts";
import { connectionError } from "./errors.ts";
import { settingsArgs, type SshChoices } from "./arguments.ts";

/** How a host is reached. */
export interface SshSettings {
  /** Host name after ssh_config's aliases. */
  readonly host: string;
  /** User. */
  readonly user: string;
  /** Port. */
  readonly port: number;
  /** Private keys in the order in which they are tried. */
  readonly identities: readonly string[];
  /** Files with known host keys. */
  readonly knownHosts: readonly string[];
  /** Whether an unknown host key is refused. */
  readonly checksHostKey: boolean;
  /** Whether what travels is compressed. */
  readonly compresses: boolean;
  /** Socket of the agent; null for none, undefined for the one of the environment. */
  readonly agent?: string | null;
  /** Command that makes the connection, with `%h` and `%p`. */
  readonly proxyCommand?: string;
}

/**
 * Asks ssh (`ssh -G`).
 *
 * @throws {MigrateError} `usage/bad-value` for an option that ssh does not take, `tool/missing`
 */
export async function effectiveSettings(
  address: SshAddress,
  choices: SshChoices,
  signal: AbortSignal,
): Promise<SshSettings> {
  const { status, stdout, stderr } = await runCommand("ssh", settingsArgs(address, choices), {
    signal,
    okStatuses: [0, 255],
  });
  if (status !== 0) throw connectionError(address, stderr);
  return parseSettings(stdout, Deno.env.get("HOME") ?? "/root");
}

/** Reads the output of `ssh -G`: lines of a key in small letters and a value. */
export function parseSettings(text: string, home: string): SshSettings {
  const all = (key: string): string[] =>
    text.split("\n").filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  const one = (key: string): string | undefined => all(key).at(-1);
  const path = (value: string): string => value.replace(/^~(?=\/)/, home);
  const words = (value = ""): string[] => value.split(/\s+/).filter((word) => word !== "" && word !== "none");
  const agent = one("identityagent");
  const proxyCommand = proxyOf(one("proxycommand"), one("proxyjump"));
  return {
    host: one("hostname") ?? "",
    user: one("user") ?? "",
    port: Number(one("port") ?? 22),
    identities: all("identityfile").map(path),
    knownHosts: [...words(one("userknownhostsfile")), ...words(one("globalknownhostsfile"))].map(path),
    checksHostKey: !["no", "off", "false"].includes(one("stricthostkeychecking") ?? ""),
    compresses: one("compression") === "yes",
    ...(agent === undefined || agent === "SSH_AUTH_SOCK"
      ? {}
      : { agent: agent === "none" ? null : path(agent) }),
    ...(proxyCommand === undefined ? {} : { proxyCommand }),
  };
}

/** ProxyJump as the ProxyCommand that it stands for (ssh_config(5)); the last hop is the nearest to the host. */
function proxyOf(command: string | undefined, jump: string | undefined): string | undefined {
  if (command !== undefined && command !== "none") return command;
  if (jump === undefined || jump === "none") return undefined;
  const hops = jump.split(",");
  const last = hops.pop() ?? "";
  const before = hops.length === 0 ? "" : ` -J ${hops.join(",")}`;
  return `ssh${before} -o BatchMode=yes -W [%h]:%p ${last.startsWith("ssh://") ? last : `ssh://${last}`}`;
}
