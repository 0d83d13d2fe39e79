/**
 * A real sshd on loopback, on a port, with keys and a configuration of its own.
 *
 * @module
 */
import { join } from "@std/path";
import { ChildGroup, runCommand } from "../../src/run/command.ts";
import { freePort } from "./free_port.ts";
import { TempFolder } from "./temp.ts";

/** A running server. */
export class SshServer implements AsyncDisposable {
  readonly #folder: TempFolder;
  readonly #daemon: ChildGroup;
  /** Its port. */
  readonly port: number;

  private constructor(folder: TempFolder, daemon: ChildGroup, port: number) {
    this.#folder = folder;
    this.#daemon = daemon;
    this.port = port;
  }

  /** Starts one. */
  static async start(): Promise<SshServer> {
    const folder = await TempFolder.create();
    for (const name of ["host", "user", "stranger"]) {
      await runCommand("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", folder.file(name)]);
    }
    const port = freePort();
    await Deno.copyFile(folder.file("user.pub"), folder.file("authorized_keys"));
    await Deno.writeTextFile(folder.file("sshd_config"), configuration(folder, port));
    const hostKey = (await Deno.readTextFile(folder.file("host.pub"))).split(" ").slice(0, 2).join(" ");
    await Deno.writeTextFile(folder.file("known_hosts"), `[127.0.0.1]:* ${hostKey}\n`);
    // sshd wants this folder whenever it runs as root.
    if (Deno.uid() === 0) await Deno.mkdir("/run/sshd", { recursive: true, mode: 0o755 });
    const daemon = new ChildGroup("/usr/sbin/sshd", {
      args: ["-D", "-e", "-f", folder.file("sshd_config")],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    await answers(port);
    return new SshServer(folder, daemon, port);
  }

  /** `--ssh-opt` values that use the given key and list of known hosts. */
  options(key = "user", knownHosts = "known_hosts"): string[] {
    return [
      `UserKnownHostsFile=${this.#folder.file(knownHosts)}`,
      "GlobalKnownHostsFile=/dev/null",
      `IdentityFile=${this.#folder.file(key)}`,
      "IdentitiesOnly=yes",
      "IdentityAgent=none",
      "StrictHostKeyChecking=yes",
    ];
  }

  /** Makes a folder as `~/.ssh` is: a key that the server lets in, and the server as a known host. */
  async userFolder(path: string): Promise<string> {
    await Deno.mkdir(path, { mode: 0o700 });
    await Deno.copyFile(this.#folder.file("user"), join(path, "id_ed25519"));
    await Deno.chmod(join(path, "id_ed25519"), 0o600);
    const hosts = await Deno.readTextFile(this.#folder.file("known_hosts"));
    await Deno.writeTextFile(join(path, "known_hosts"), hosts.replace(":*", `:${this.port}`));
    return path;
  }

  /** The address of a local file through the server, or through a relay to it. */
  address(path: string, port = this.port): string {
    return `ssh://127.0.0.1:${port}${path}`;
  }

  /** The URI of a libvirt of this host, reached through the server with its own keys. */
  async libvirtUri(uri: string): Promise<string> {
    const socket = new URL(uri).searchParams.get("socket") ?? "";
    const options = this.options().map((option) => `-o '${option}'`).join(" ");
    const command = this.#folder.file("ssh");
    await Deno.writeTextFile(command, `#!/bin/sh\nexec ssh ${options} "$@"\n`, { mode: 0o755 });
    const query = new URLSearchParams({ command, no_tty: "1", socket });
    return `qemu+ssh://root@127.0.0.1:${this.port}/system?${query}`;
  }

  /** Ends the processes of the server that hold connections, as a network failure does. */
  async dropConnections(): Promise<number> {
    let count = 0;
    for (const pid of await childrenOf(this.#daemon.process.pid)) {
      Deno.kill(pid, "SIGKILL");
      count++;
    }
    return count;
  }

  /** Whether a connection is still open after a while. */
  async hasConnections(waitMs: number): Promise<boolean> {
    for (const deadline = Date.now() + waitMs; Date.now() < deadline;) {
      if ((await childrenOf(this.#daemon.process.pid)).length === 0) return false;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return true;
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dropConnections();
    await this.#daemon[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

function configuration(folder: TempFolder, port: number): string {
  return [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${folder.file("host")}`,
    `AuthorizedKeysFile ${folder.file("authorized_keys")}`,
    "PidFile none",
    "UsePAM no",
    "PasswordAuthentication no",
    "PermitRootLogin yes",
    // The folder is below /tmp, which everybody may write.
    "StrictModes no",
    "Subsystem sftp internal-sftp",
    "",
  ].join("\n");
}

async function answers(port: number): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      using _connection = await Deno.connect({ hostname: "127.0.0.1", port });
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused) || tries > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Children of a process, proc_pid_task_children(5). */
async function childrenOf(pid: number): Promise<number[]> {
  const text = await Deno.readTextFile(join("/proc", String(pid), "task", String(pid), "children"));
  return text.trim().split(" ").filter((part) => part !== "").map(Number);
}
