/**
 * The boot proof: starts the outputs as a KVM guest, on throw-away overlays and an isolated network, and
 * watches until the guest is up, has failed, or the time is over.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import type { DiskFormat } from "../model/disk.ts";
import { cancelled, MigrateError } from "../model/error.ts";
import type { EventSink } from "../model/event.ts";
import type { BootProof } from "../model/proof.ts";
import type { Firmware } from "../model/source.ts";
import type { Accelerator } from "../run/context.ts";
import { BootWatch } from "./boot_watch.ts";
import { FileFollower } from "../run/file_follower.ts";
import type { ExpectedView } from "./inside_report.ts";
import type { DiskBus, ProofMachine } from "./qemu_args.ts";
import { machineFolder, prepareMachine, QemuProcess, within } from "./qemu_process.ts";

/** What to boot, and how to judge it. */
export interface BootOptions {
  /** Name of the VM. */
  readonly vm: string;
  /** The outputs in boot order; never written. */
  readonly disks: readonly { readonly path: string; readonly format: DiskFormat }[];
  /** Throw-away qcow2 overlays on the outputs, used instead of new ones; left to their maker. */
  readonly overlays?: readonly string[];
  /** Where the disks sit (default: virtio). */
  readonly bus?: DiskBus;
  /** Firmware of the machine. */
  readonly firmware: Firmware;
  /** Network cards. */
  readonly nics: readonly { readonly mac: string }[];
  /** Memory in MiB; held between 512 and 4096 for the proof (default: 2048). */
  readonly memoryMiB?: number;
  /** Virtual CPUs; held to what the host has, and to 8 (default: 2). */
  readonly cpus?: number;
  /** What runs the guest. */
  readonly accelerator: Accelerator;
  /** When to give up, in milliseconds (default: 120 s under KVM, 600 s under TCG). */
  readonly timeoutMs?: number;
  /** Folder that receives the serial log and the screenshots; made when it does not exist. */
  readonly evidenceDir: string;
  /** Folder for throw-away files. */
  readonly workDir: string;
  /** What the inside view must show. Set it, if only to `{}`, when the overlays hold the inside view's unit. */
  readonly expected?: ExpectedView;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Receives milestones and signs of life. */
  readonly emit: EventSink;
}

const POLL_MS = 200;
/** A sign of life comes at least this often. */
const HEARTBEAT_MS = 4_000;
/** The first screenshot; each further one comes at twice the time. */
const FIRST_SCREENSHOT_MS = 5_000;
/** How patient the proof is with each accelerator, in milliseconds. */
const PATIENCE = {
  kvm: { timeoutMs: 120_000, suspectMs: 15_000, loginGraceMs: 3_000 },
  tcg: { timeoutMs: 600_000, suspectMs: 45_000, loginGraceMs: 10_000 },
} as const;

/**
 * Boots the disks and says what became of it. The outputs are read only; qemu and every throw-away file are
 * gone when this returns or throws.
 *
 * @throws {MigrateError} `run/cancelled`, `tool/missing`, `tool/failed` when qemu does not start
 */
export async function proveBoot(options: BootOptions): Promise<BootProof> {
  if (options.signal.aborted) throw cancelled("prove");
  await Deno.mkdir(options.evidenceDir, { recursive: true });
  const folder = await machineFolder(options.workDir);
  try {
    const machine = await prepareMachine(machinePlan(options), options, folder, options.signal);
    await using qemu = await QemuProcess.start(machine, options.signal);
    return await new Proof(options, machine, qemu).run();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The machine, held to what a proof needs and the host has. */
function machinePlan(options: BootOptions): Parameters<typeof prepareMachine>[0] {
  return {
    name: options.vm,
    bus: options.bus ?? "virtio",
    accelerator: options.accelerator,
    memoryMiB: Math.min(Math.max(Math.ceil(options.memoryMiB ?? 2_048), 512), 4_096),
    cpus: Math.max(1, Math.min(options.cpus ?? 2, navigator.hardwareConcurrency, 8)),
    macs: options.nics.map(({ mac }) => mac),
    serialLog: evidence(options, "serial.log"),
  };
}

/** Path of a file of evidence; the name of a VM may hold a slash. */
function evidence({ evidenceDir, vm }: BootOptions, name: string): string {
  return join(resolve(evidenceDir), `${vm.replaceAll(/[/\0]/g, "_") || "guest"}-${name}`);
}

/** One boot that is being watched. */
class Proof {
  readonly #options: BootOptions;
  readonly #machine: ProofMachine;
  readonly #qemu: QemuProcess;
  readonly #watch: BootWatch;
  readonly #screenshots: string[] = [];
  readonly #startedMs = performance.now();
  #nextScreenshotMs = FIRST_SCREENSHOT_MS;
  #nextHeartbeatMs = HEARTBEAT_MS;

  constructor(options: BootOptions, machine: ProofMachine, qemu: QemuProcess) {
    this.#options = options;
    this.#machine = machine;
    this.#qemu = qemu;
    const { timeoutMs, expected } = options;
    this.#watch = new BootWatch({
      ...PATIENCE[options.accelerator],
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(expected === undefined ? {} : { expected }),
    });
  }

  /** Watches to the verdict. */
  async run(): Promise<BootProof> {
    using serial = new FileFollower(this.#machine.serialLog);
    using view = new FileFollower(this.#machine.viewLog);
    using viewSerial = new FileFollower(this.#machine.viewSerialLog);
    let end: { readonly status: number; readonly stderr: string } | undefined;
    const ended = this.#qemu.ended().then((result) => void (end = result));
    this.#tell(`Starting the guest under ${this.#options.accelerator.toUpperCase()}.`);
    await this.#qemu.connect(this.#options.signal);
    while (true) {
      const over = end; // before the last read, so that nothing written is missed
      this.#readConsole(await serial.read());
      for (const port of [view, viewSerial]) this.#watch.readView(await port.read(), this.#atMs());
      if (over !== undefined) this.#noteEnd(over);
      const judgement = this.#watch.judge(this.#atMs());
      if (judgement !== undefined) return await this.#finish(judgement, over === undefined);
      await this.#keepTime();
      await within(POLL_MS, ended);
      if (this.#options.signal.aborted) throw cancelled("prove");
    }
  }

  #atMs(): number {
    return Math.round(performance.now() - this.#startedMs);
  }

  #readConsole(text: string): void {
    const { vm, emit } = this.#options;
    for (const { name, atMs } of this.#watch.readConsole(text, this.#atMs())) {
      emit({ type: "milestone", vm, name, atMs });
    }
  }

  #noteEnd({ status, stderr }: { readonly status: number; readonly stderr: string }): void {
    if (status !== 0) {
      throw new MigrateError(
        "tool/failed",
        `Cannot boot ${this.#options.vm}: qemu failed (${status}): ${stderr}`,
        {
          stage: "prove",
        },
      );
    }
    this.#watch.end("it restarted or powered off");
  }

  /** Screenshots and signs of life, when they are due. */
  async #keepTime(): Promise<void> {
    const atMs = this.#atMs();
    if (atMs >= this.#nextScreenshotMs) {
      this.#nextScreenshotMs *= 2;
      await this.#screenshot(`screen-${Math.round(atMs / 1000)}s.png`);
    }
    if (atMs < this.#nextHeartbeatMs) return;
    this.#nextHeartbeatMs = atMs + HEARTBEAT_MS;
    const last = this.#watch.consoleTail.at(-1) ?? "nothing on the serial console yet";
    const goal = this.#watch.missing ?? "the inside view";
    this.#tell(`Booting for ${Math.round(atMs / 1000)} s, waiting for ${goal}: ${last.slice(0, 120)}`);
  }

  #tell(message: string): void {
    this.#options.emit({ type: "activity", vm: this.#options.vm, stage: "prove", message });
  }

  /** A screenshot is evidence, not proof: without one the report says why, and the verdict stands. */
  async #screenshot(name: string): Promise<void> {
    const path = evidence(this.#options, name);
    try {
      await this.#qemu.screenshot(path);
      this.#screenshots.push(path);
    } catch (error) {
      if (!(error instanceof MigrateError)) throw error;
      this.#options.emit({
        type: "concern",
        vm: this.#options.vm,
        concern: { id: "prove/no-screenshot", severity: "information", message: error.message },
      });
    }
  }

  async #finish(judgement: Pick<BootProof, "verdict" | "summary">, running: boolean): Promise<BootProof> {
    const elapsedMs = this.#atMs();
    if (running) await this.#screenshot("screen-final.png");
    const { missing, reached, insideView, differences, consoleTail } = this.#watch;
    return {
      ...judgement,
      reached: [...reached],
      ...(judgement.verdict === "booted" || missing === undefined ? {} : { missing }),
      accelerator: this.#options.accelerator,
      elapsedMs,
      serialLog: this.#machine.serialLog,
      screenshots: this.#screenshots,
      consoleTail: [...consoleTail],
      ...(insideView === undefined ? {} : { insideView, differences }),
    };
  }
}
