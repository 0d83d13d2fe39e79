/**
 * One qemu of the boot proof: its throw-away files, its process, its screen.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import { MigrateError } from "../model/error.ts";
import type { Firmware } from "../model/source.ts";
import { ChildGroup, runCommand } from "../run/command.ts";
import { QmpClient } from "../run/qmp.ts";
import { shellWord } from "../run/shell_word.ts";
import { findUefi } from "./ovmf.ts";
import { proofDisks } from "./proof_disks.ts";
import type { DiskActivity, GuestPlan } from "./proof_guest.ts";
import { machineArgs, type ProofMachine, type UefiFlash } from "./qemu_args.ts";

const QEMU = "qemu-system-x86_64";
/** The longest path that a Unix socket can have (unix(7)), less its final zero. */
const MAX_SOCKET_PATH = 107;

/** Makes everything that a machine needs, in a folder that is its own and removed with it. */
export async function prepareMachine(
  plan: GuestPlan,
  folder: string,
  signal: AbortSignal,
): Promise<ProofMachine> {
  const { firmware, disks: _images, overlays: _overlays, osType: _osType, ...machine } = plan;
  const uefi = firmware === "bios" ? undefined : await copyFlash(firmware, folder);
  return {
    ...machine,
    disks: await proofDisks(plan, folder, signal),
    ...(uefi === undefined ? {} : { uefi }),
    viewLog: join(folder, "view"),
    viewSerialLog: join(folder, "view-serial"),
    agentSocket: join(folder, "agent"),
    qmpSocket: join(folder, "qmp"),
  };
}

async function copyFlash(firmware: Exclude<Firmware, "bios">, folder: string): Promise<UefiFlash> {
  const { code, varsTemplate, smm } = await findUefi(firmware);
  const vars = { path: join(folder, "efi-vars"), format: varsTemplate.format };
  await Deno.copyFile(varsTemplate.path, vars.path);
  await Deno.chmod(vars.path, 0o600); // the template is often read-only
  return { code, vars, smm };
}

/** A folder for one machine whose sockets have paths short enough. */
export async function machineFolder(workDir: string): Promise<string> {
  const longest = `${resolve(workDir)}/proof-0123456789abcdef/agent`;
  const fits = new TextEncoder().encode(longest).length <= MAX_SOCKET_PATH;
  return await Deno.makeTempDir(
    fits ? { dir: resolve(workDir), prefix: "proof-" } : { prefix: "hyper2kvm-proof-" },
  );
}

/** What QMP's query-blockstats says of a device (QAPI type BlockStats); only what is read here. */
interface BlockStats {
  readonly "node-name"?: string;
  readonly stats: { readonly rd_bytes: number; readonly wr_bytes: number };
}

/** A running machine; disposing of it ends qemu and all of its children. */
export class QemuProcess implements AsyncDisposable {
  readonly #child: ChildGroup;
  readonly #stderr: Promise<string>;
  readonly #keyboard: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #kept: Promise<void>;
  readonly #machine: ProofMachine;
  #control: QmpClient | undefined;

  /**
   * Starts a machine. qemu dies with this process, even when that is killed, where setpriv (util-linux) is.
   *
   * @throws {MigrateError} `tool/missing`
   */
  static async start(machine: ProofMachine, signal: AbortSignal): Promise<QemuProcess> {
    await runCommand(QEMU, ["--version"], { signal }); // tells a missing qemu from a missing setpriv
    const args = machineArgs(machine);
    await Deno.writeTextFile(machine.qemuLog, `${[QEMU, ...args].map(shellWord).join(" ")}\n`);
    const log = await Deno.open(machine.qemuLog, { append: true });
    try {
      return new QemuProcess(machine, spawn(args), log);
    } catch (error) {
      log.close();
      throw error;
    }
  }

  private constructor(machine: ProofMachine, child: ChildGroup, log: Deno.FsFile) {
    this.#machine = machine;
    this.#child = child;
    this.#keyboard = child.process.stdin.getWriter();
    const [kept, read] = child.process.stderr.tee();
    this.#stderr = new Response(read).text();
    this.#kept = kept.pipeTo(log.writable);
  }

  /** Connects to qemu's control socket; returns without when qemu ends first, and `ended` tells why. */
  async connect(signal: AbortSignal): Promise<void> {
    const gone = new AbortController();
    const noteEnd = this.#child.process.status.then(() => gone.abort());
    const either = AbortSignal.any([signal, gone.signal]);
    try {
      this.#control = await QmpClient.connect(this.#machine.qmpSocket, { signal: either });
    } catch (error) {
      // A qemu that hangs up is about to end, or already has.
      if (!signal.aborted) await within(1_000, noteEnd);
      if (!gone.signal.aborted || signal.aborted) throw error;
    }
  }

  /** Settles when qemu has ended, with its exit status and its last words. */
  async ended(): Promise<{ readonly status: number; readonly stderr: string }> {
    const [{ code }, stderr] = await Promise.all([this.#child.process.status, this.#stderr]);
    return { status: code, stderr: stderr.trim().split("\n").slice(-5).join("\n") };
  }

  /** Types on the serial console; a machine that ends meanwhile has no use for it. */
  async type(text: string): Promise<void> {
    try {
      await this.#keyboard.write(new TextEncoder().encode(text));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  }

  /**
   * Writes what the screen shows to a PNG file.
   *
   * @throws {MigrateError} `tool/failed` when qemu cannot
   */
  async screenshot(path: string): Promise<void> {
    if (this.#control === undefined) {
      throw new MigrateError("tool/failed", "Cannot see the screen: not connected.");
    }
    await this.#control.execute("screendump", { filename: resolve(path), format: "png" });
  }

  /** What the disks have moved, undefined while qemu is not connected. */
  async diskActivity(): Promise<DiskActivity | undefined> {
    const blocks = await this.#control?.execute("query-blockstats") as readonly BlockStats[] | undefined;
    const disks = blocks?.filter(({ "node-name": name }) => name?.startsWith("disk") === true);
    const sum = (key: "rd_bytes" | "wr_bytes"): number | undefined =>
      disks?.reduce((total, { stats }) => total + stats[key], 0);
    const readBytes = sum("rd_bytes");
    return readBytes === undefined ? undefined : { readBytes, writtenBytes: sum("wr_bytes") ?? 0 };
  }

  /** Ends qemu and its children. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#control?.[Symbol.asyncDispose]();
    await this.#child[Symbol.asyncDispose]();
    await Promise.all([this.#stderr, this.#kept]);
    await this.#keyboard.close();
  }
}

function spawn(args: readonly string[]): ChildGroup {
  const streams = { stdin: "piped", stdout: "null", stderr: "piped" } as const;
  try {
    return new ChildGroup("setpriv", { args: ["--pdeathsig", "KILL", QEMU, ...args], ...streams });
  } catch (error) {
    if (!(error instanceof MigrateError) || error.code !== "tool/missing") throw error;
    return new ChildGroup(QEMU, { args: [...args], ...streams });
  }
}

/** Waits for a promise, or for so many milliseconds if that is shorter. */
export async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, ms);
  try {
    await Promise.race([promise, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}
