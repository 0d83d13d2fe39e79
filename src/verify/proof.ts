/**
 * Watches one booting machine to the verdict, and gathers the evidence; the same for whatever runs it.
 *
 * @module
 */
import { cancelled, MigrateError } from "../model/error.ts";
import type { BootProof } from "../model/proof.ts";
import { askAgent } from "./agent_answers.ts";
import type { BootOptions } from "./boot.ts";
import { BootWatch, type Judgement } from "./boot_watch.ts";
import type { GuestEnd, ProofGuest } from "./proof_guest.ts";
import { within } from "./qemu_process.ts";
import { QuietWatch } from "./quiet_watch.ts";
import { screenFacts } from "./screen.ts";
import { UnlockAttempts } from "./unlock_attempts.ts";

const POLL_MS = 200;
/** A sign of life comes at least this often. */
const HEARTBEAT_MS = 4_000;
/** The first screenshot; each further one comes at twice the time. */
const FIRST_SCREENSHOT_MS = 5_000;
/** The agent is asked, and a silent guest looked at, this often. */
const LOOK_MS = 3_000;
/** How patient the proof is with each accelerator, in milliseconds. */
const PATIENCE = {
  kvm: { timeoutMs: 120_000, suspectMs: 15_000, loginGraceMs: 3_000, settleMs: 60_000 },
  tcg: { timeoutMs: 600_000, suspectMs: 45_000, loginGraceMs: 10_000, settleMs: 180_000 },
} as const;

/** One boot that is being watched. */
export class Proof {
  readonly #options: BootOptions;
  readonly #guest: ProofGuest;
  readonly #evidence: (name: string) => string;
  readonly #watch: BootWatch;
  readonly #quiet: QuietWatch;
  readonly #unlock: UnlockAttempts;
  readonly #screenshots: string[] = [];
  readonly #startedMs = performance.now();
  #nextScreenshotMs = FIRST_SCREENSHOT_MS;
  #nextHeartbeatMs = HEARTBEAT_MS;
  #nextLookMs = LOOK_MS;
  #judgement: Judgement | undefined;

  /** Begins with nothing seen; `evidence` gives the path of a file by its name. */
  constructor(options: BootOptions, guest: ProofGuest, evidence: (name: string) => string) {
    this.#options = options;
    this.#guest = guest;
    this.#evidence = evidence;
    const { timeoutMs, expected } = options;
    const { settleMs, ...patience } = PATIENCE[options.accelerator];
    this.#unlock = new UnlockAttempts(options.passphrases ?? []);
    this.#quiet = new QuietWatch(settleMs);
    this.#watch = new BootWatch({
      ...patience,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(expected === undefined ? {} : { expected }),
    });
  }

  /** Watches to the verdict. */
  async run(): Promise<BootProof> {
    let end: GuestEnd | undefined;
    const ended = this.#guest.ended().then((result) => void (end = result));
    while (true) {
      const over = end; // before the last read, so that nothing written is missed
      this.#readConsole(await this.#guest.readConsole());
      await this.#answerQuestion();
      this.#watch.readView(await this.#guest.readView(), this.#atMs());
      if (over !== undefined) this.#noteEnd(over);
      const judgement = this.#watch.judge(this.#atMs()) ?? this.#judgement;
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

  /** What a person at the console would do. */
  async #answerQuestion(): Promise<void> {
    const { question } = this.#watch;
    const passphrase = question === undefined ? undefined : this.#unlock.next(question);
    if (passphrase === undefined) return;
    this.#watch.answer();
    this.#tell(`The guest asks for the passphrase of a disk; it gets one of --luks-key: ${question}`);
    await this.#guest.type(`${passphrase}\r`);
  }

  #noteEnd({ reason, failure }: GuestEnd): void {
    if (reason !== undefined) return this.#watch.end(reason);
    const { vm, uri } = this.#options;
    const code = uri === undefined ? "tool/failed" : "libvirt/failed";
    throw new MigrateError(code, `Cannot boot ${vm}: ${failure}`, { stage: "prove" });
  }

  /** Screenshots, looks and signs of life, when they are due. */
  async #keepTime(): Promise<void> {
    const atMs = this.#atMs();
    if (atMs >= this.#nextScreenshotMs) {
      this.#nextScreenshotMs *= 2;
      await this.#screenshot(`screen-${Math.round(atMs / 1000)}s.png`);
    }
    if (atMs >= this.#nextLookMs) {
      this.#nextLookMs = atMs + LOOK_MS;
      await this.#look(atMs);
    }
    if (atMs < this.#nextHeartbeatMs) return;
    this.#nextHeartbeatMs = atMs + HEARTBEAT_MS;
    const last = this.#watch.consoleTail.at(-1) ?? "nothing on the serial console yet";
    const goal = this.#watch.missing ?? "the inside view";
    this.#tell(`Booting for ${Math.round(atMs / 1000)} s, waiting for ${goal}: ${last.slice(0, 120)}`);
  }

  /** The agent, and where the console says nothing of a system, screen and disks. */
  async #look(atMs: number): Promise<void> {
    if (this.#watch.agent === undefined) {
      const answers = await askAgent(this.#guest);
      if (answers !== undefined) this.#watch.readAgent(answers);
    }
    if (this.#options.expected !== undefined || this.#watch.hasSystem) return;
    const activity = await this.#guest.diskActivity();
    const png = await this.#take("screen-now.png");
    if (activity === undefined || png === undefined) return;
    this.#judgement = this.#quiet.take({ atMs, screen: screenFacts(await Deno.readFile(png)), activity });
    await Deno.remove(png);
  }

  #tell(message: string): void {
    this.#options.emit({ type: "activity", vm: this.#options.vm, stage: "prove", message });
  }

  async #screenshot(name: string): Promise<void> {
    const path = await this.#take(name);
    if (path !== undefined) this.#screenshots.push(path);
  }

  /** A screenshot is evidence, not proof: without one the report says why, and the verdict stands. */
  async #take(name: string): Promise<string | undefined> {
    const path = this.#evidence(name);
    try {
      await this.#guest.screenshot(path);
      return path;
    } catch (error) {
      if (!(error instanceof MigrateError)) throw error;
      this.#options.emit({
        type: "concern",
        vm: this.#options.vm,
        concern: { id: "prove/no-screenshot", severity: "information", message: error.message },
      });
      return undefined;
    }
  }

  /** The log of qemu; without it the report says so. */
  async #keepLog(): Promise<string | undefined> {
    const path = await this.#guest.keepLog();
    if (path !== undefined) return path;
    const message =
      "The log that libvirt keeps of QEMU cannot be read by this user, so it is not in the evidence.";
    const concern = { id: "prove/no-qemu-log", severity: "information", message } as const;
    this.#options.emit({ type: "concern", vm: this.#options.vm, concern });
    return undefined;
  }

  async #finish(judgement: Judgement, running: boolean): Promise<BootProof> {
    const elapsedMs = this.#atMs();
    if (running) await this.#screenshot("screen-final.png");
    const qemuLog = await this.#keepLog();
    const { missing, reached, insideView, differences, consoleTail, agent } = this.#watch;
    const { accelerator, uri } = this.#options;
    return {
      ...judgement,
      reached: [...reached],
      ...(judgement.verdict === "booted" || missing === undefined ? {} : { missing }),
      accelerator,
      runner: uri ?? "qemu",
      elapsedMs,
      serialLog: this.#guest.serialLog,
      ...(qemuLog === undefined ? {} : { qemuLog }),
      screenshots: this.#screenshots,
      ...(agent === undefined ? {} : { agent }),
      consoleTail: [...consoleTail],
      ...(insideView === undefined ? {} : { insideView, differences }),
    };
  }
}
