/**
 * One connection of the system's ssh, through which every command and every file goes: one login, and keys,
 * agent, known_hosts and ProxyJump as everywhere else.
 *
 * @module
 */
import { join } from "@std/path";
import { cancelled } from "../model/error.ts";
import { ChildGroup, type CommandResult, runCommand } from "../run/command.ts";
import type { SshAddress } from "./address.ts";
import { checkMasterArgs, commandArgs, masterArgs, type SshChoices } from "./arguments.ts";
import { connectionError } from "./errors.ts";

const POLL_MS = 50;

/** A connection; disposing of it ends it. */
export class SshSession implements AsyncDisposable {
  readonly #address: SshAddress;
  readonly #choices: SshChoices;
  readonly #socket: string;
  readonly #signal: AbortSignal;
  readonly #resources: AsyncDisposableStack;

  private constructor(
    address: SshAddress,
    choices: SshChoices,
    socket: string,
    signal: AbortSignal,
    resources: AsyncDisposableStack,
  ) {
    this.#address = address;
    this.#choices = choices;
    this.#socket = socket;
    this.#signal = signal;
    this.#resources = resources;
  }

  /**
   * Logs in.
   *
   * @throws {MigrateError} `network/failed`, `permission/denied`, `tool/missing` or `run/cancelled`
   */
  static async open(address: SshAddress, choices: SshChoices, signal: AbortSignal): Promise<SshSession> {
    await using resources = new AsyncDisposableStack();
    // Not in the work folder: the path of a Unix socket has 107 bytes at most.
    const folder = await Deno.makeTempDir({ prefix: "h2k-" });
    resources.defer(() => Deno.remove(folder, { recursive: true }));
    const socket = join(folder, "s");
    const master = resources.use(
      new ChildGroup("ssh", {
        args: masterArgs(address, choices, socket),
        stdin: "piped",
        stdout: "null",
        stderr: "piped",
      }),
    );
    const stderr = new Response(master.process.stderr).text();
    resources.defer(async () => {
      master.kill();
      await stderr;
      await master.process.stdin.abort();
    });
    let ended = false;
    master.process.status.then(() => ended = true);
    const session = new SshSession(address, choices, socket, signal, resources);
    while (!await session.isAlive()) {
      if (signal.aborted) throw cancelled();
      if (ended) throw connectionError(address, await stderr);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return new SshSession(address, choices, socket, signal, resources.move());
  }

  /** Where it leads. */
  get address(): SshAddress {
    return this.#address;
  }

  /** Aborted when the run is to stop. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  /** Whether the connection stands. */
  async isAlive(): Promise<boolean> {
    const args = checkMasterArgs(this.#address, this.#choices, this.#socket);
    const { success } = await new Deno.Command("ssh", { args, stdin: "null", stdout: "null", stderr: "null" })
      .output();
    return success;
  }

  /** Runs a command to its end, whatever its status. */
  async run(command: string, stdin?: Uint8Array<ArrayBuffer>): Promise<CommandResult> {
    return await runCommand("ssh", commandArgs(this.#address, this.#choices, this.#socket, command), {
      signal: this.#signal,
      ...(stdin === undefined ? {} : { stdin }),
      okStatuses: Array.from({ length: 256 }, (_, status) => status),
    });
  }

  /** Starts a command whose output is read as it comes. */
  start(command: string, stdin: "null" | "piped" = "null"): ChildGroup {
    return new ChildGroup("ssh", {
      args: commandArgs(this.#address, this.#choices, this.#socket, command),
      stdin,
      stdout: "piped",
      stderr: "piped",
    });
  }

  /** Ends the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}
