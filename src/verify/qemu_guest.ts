/**
 * A machine of the boot proof that qemu runs as our own child.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import { FileFollower } from "../run/file_follower.ts";
import { AgentSocket } from "./agent_socket.ts";
import type { DiskActivity, GuestEnd, GuestPlan, ProofGuest } from "./proof_guest.ts";
import type { ProofMachine } from "./qemu_args.ts";
import { prepareMachine, QemuProcess } from "./qemu_process.ts";

/** A running machine. */
export class QemuGuest implements ProofGuest {
  /** File that holds the text of the serial console. */
  readonly serialLog: string;
  readonly #qemuLog: string;
  readonly #qemu: QemuProcess;
  readonly #console: FileFollower;
  readonly #views: readonly FileFollower[];
  readonly #agent: AgentSocket;

  /**
   * Starts a machine, with its files in a folder that is its own.
   *
   * @throws {MigrateError} `tool/missing`, `run/cancelled`
   */
  static async start(plan: GuestPlan, folder: string, signal: AbortSignal): Promise<QemuGuest> {
    const machine = await prepareMachine(plan, folder, signal);
    const qemu = await QemuProcess.start(machine, signal);
    try {
      await qemu.connect(signal);
      return new QemuGuest(machine, qemu);
    } catch (error) {
      await qemu[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(machine: ProofMachine, qemu: QemuProcess) {
    this.serialLog = machine.serialLog;
    this.#qemuLog = machine.qemuLog;
    this.#qemu = qemu;
    this.#console = new FileFollower(machine.serialLog);
    this.#views = [machine.viewLog, machine.viewSerialLog].map((path) => new FileFollower(path));
    this.#agent = new AgentSocket(machine.agentSocket);
  }

  /** New text of the serial console. */
  async readConsole(): Promise<string> {
    return await this.#console.read();
  }

  /** Types on the serial console. */
  async type(text: string): Promise<void> {
    await this.#qemu.type(text);
  }

  /** New text of both ports. */
  async readView(): Promise<string> {
    let text = "";
    for (const view of this.#views) text += await view.read();
    return text;
  }

  /** Settles when qemu has ended. */
  async ended(): Promise<GuestEnd> {
    const { status, stderr } = await this.#qemu.ended();
    return status === 0
      ? { reason: "it restarted or powered off" }
      : { failure: `qemu failed (${status}): ${stderr}` };
  }

  /** Writes what the screen shows. */
  async screenshot(path: string): Promise<void> {
    await this.#qemu.screenshot(path);
  }

  /** What the disks have moved. */
  async diskActivity(): Promise<DiskActivity | undefined> {
    try {
      return await this.#qemu.diskActivity();
    } catch (error) {
      // qemu may end in this moment.
      if (error instanceof MigrateError && error.code === "tool/failed") return undefined;
      throw error;
    }
  }

  /** The log: qemu writes into it by itself. */
  keepLog(): Promise<string> {
    return Promise.resolve(this.#qemuLog);
  }

  /** The guest agent's answer. */
  async askAgent(command: string): Promise<unknown> {
    return await this.#agent.ask(command);
  }

  /** Ends qemu and closes its files. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const open of [this.#console, ...this.#views, this.#agent]) open[Symbol.dispose]();
    await this.#qemu[Symbol.asyncDispose]();
  }
}
