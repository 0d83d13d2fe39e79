/**
 * A file on another machine as a block device: nbdkit with its ssh plugin reads the ranges that qemu asks for, and
 * makes a dropped connection again.
 *
 * @module
 */
import { join } from "@std/path";
import { cancelled, MigrateError } from "../../model/error.ts";
import { ChildGroup } from "../../run/command.ts";
import { exists } from "../../run/files.ts";
import type { SshSettings } from "../../ssh/settings.ts";

/** What nbdkit needs. */
export interface RemoteExport {
  /** Path over there. */
  readonly path: string;
  /** Socket to listen on. */
  readonly socket: string;
  /** How the host is reached. */
  readonly settings: SshSettings;
  /** File of the known host keys, all in one. */
  readonly knownHosts: string;
  /** ssh_config for libssh. */
  readonly config: string;
}

/** How often, and from how many seconds on, a dropped connection is made again; each wait is twice the last. */
const RETRIES = 6, RETRY_DELAY_SECONDS = 1;
const POLL_MS = 20;

/** Arguments of nbdkit, nbdkit-ssh-plugin(1) and nbdkit-retry-filter(1). */
export function nbdkitArgs({ path, socket, settings, knownHosts, config }: RemoteExport): string[] {
  const { host, user, port, identities, checksHostKey, compresses } = settings;
  return [
    ...["--foreground", "--exit-with-parent", "--readonly", "--log=stderr"],
    ...["--unix", socket, "--filter=retry", "ssh"],
    ...[`config=${config}`, `host=${host}`, `user=${user}`, `port=${port}`, "timeout=15"],
    `known-hosts=${knownHosts}`,
    ...checksHostKey ? [] : ["verify-remote-host=false"],
    ...compresses ? ["compression=true"] : [],
    // libssh puts each key before the others.
    ...identities.toReversed().map((identity) => `identity=${identity}`),
    `path=${path}`,
    ...[`retries=${RETRIES}`, `retry-delay=${RETRY_DELAY_SECONDS}`],
  ];
}

/** The ssh_config of libssh: everything else is in the arguments. */
export function libsshConfig({ proxyCommand }: SshSettings): string {
  return proxyCommand === undefined ? "" : `Host *\n  ProxyCommand ${proxyCommand}\n`;
}

/** A running nbdkit. */
export class RemoteDevice implements AsyncDisposable {
  readonly #child: ChildGroup;
  #said = "";

  private constructor(child: ChildGroup) {
    this.#child = child;
  }

  /**
   * Starts nbdkit; it connects when qemu does.
   *
   * @throws {MigrateError} `tool/missing`, `tool/failed` or `run/cancelled`
   */
  static async start(served: RemoteExport, signal: AbortSignal): Promise<RemoteDevice> {
    const { agent } = served.settings;
    const child = new ChildGroup("nbdkit", {
      args: nbdkitArgs(served),
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      ...(agent === undefined ? {} : { env: { SSH_AUTH_SOCK: agent ?? "" } }),
    });
    const device = new RemoteDevice(child);
    const listened = device.#listen();
    let ended = false;
    child.process.status.then(() => ended = true);
    while (!await exists(served.socket)) {
      if (!ended && !signal.aborted) {
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        continue;
      }
      await device[Symbol.asyncDispose]();
      await listened;
      if (signal.aborted) throw cancelled();
      throw new MigrateError("tool/failed", `Cannot serve ${served.path}: nbdkit: ${device.said}.`, {
        hint: "Leave out --stream: the files are then downloaded.",
      });
    }
    return device;
  }

  /** What nbdkit said last; empty for nothing. */
  get said(): string {
    const line = this.#said.trim().split("\n").at(-1) ?? "";
    return line.replace(/^nbdkit: (\w+\[\d+\]: )?(error: )?/, "").replace(/\.$/, "");
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }

  async #listen(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#child.process.stderr) {
      this.#said = (this.#said + decoder.decode(bytes, { stream: true })).slice(-4096);
    }
  }
}

/** Writes the files that every nbdkit of a host needs into a folder; returns their paths. */
export async function writeLibsshFiles(
  settings: SshSettings,
  folder: string,
): Promise<Pick<RemoteExport, "knownHosts" | "config">> {
  const keys: string[] = [];
  for (const file of settings.knownHosts) {
    if (await exists(file)) keys.push(await Deno.readTextFile(file));
  }
  const knownHosts = join(folder, "known_hosts"), config = join(folder, "config");
  await Deno.writeTextFile(knownHosts, keys.join("\n"), { mode: 0o600 });
  await Deno.writeTextFile(config, libsshConfig(settings), { mode: 0o600 });
  return { knownHosts, config };
}
