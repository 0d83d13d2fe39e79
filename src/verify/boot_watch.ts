/**
 * Judges a booting guest from what is seen of it: pure, so that every way in which a boot can end is tested
 * without booting.
 *
 * @module
 */
import type {
  AgentAnswers,
  BootDifference,
  BootProof,
  InsideView,
  Milestone,
  ReachedMilestone,
} from "../model/proof.ts";
import { compareInsideView, type ExpectedView, parseInsideView } from "./inside_report.ts";
import { ConsoleReader, type TroubleSign } from "./milestones.ts";

/** How a boot is judged. */
export interface WatchOptions {
  /** What the inside view must show; without it no inside view is waited for. */
  readonly expected?: ExpectedView;
  /** How long a suspect line may go without progress before it counts as failure, in milliseconds. */
  readonly suspectMs: number;
  /** How long the login prompt is waited for once the inside view is there, in milliseconds. */
  readonly loginGraceMs: number;
  /** When to give up, in milliseconds since the start. */
  readonly timeoutMs: number;
}

/** The outcome of a boot, without the evidence. */
export interface Judgement {
  /** See {@linkcode BootProof}. */
  readonly verdict: BootProof["verdict"];
  /** One sentence. */
  readonly summary: string;
}

/** What is known of a booting guest. Times are milliseconds since qemu started. */
export class BootWatch {
  readonly #options: WatchOptions;
  readonly #console = new ConsoleReader();
  readonly #reached: ReachedMilestone[] = [];
  #viewText = "";
  #view: InsideView | undefined;
  #viewAtMs = 0;
  #differences: readonly BootDifference[] = [];
  #agent: AgentAnswers | undefined;
  #trouble: (TroubleSign & { readonly atMs: number }) | undefined;
  #clue: TroubleSign | undefined;
  #ended: string | undefined;
  #answers = 0;

  /** Starts with nothing seen. */
  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Milestones so far, in order. */
  get reached(): readonly ReachedMilestone[] {
    return this.#reached;
  }

  /** The first milestone that was not seen. */
  get missing(): Milestone | undefined {
    return this.#console.missing;
  }

  /** Last lines of the console. */
  get consoleTail(): readonly string[] {
    return this.#console.tail;
  }

  /** What the guest said of itself. */
  get insideView(): InsideView | undefined {
    return this.#view;
  }

  /** What is not as it should be in the guest. */
  get differences(): readonly BootDifference[] {
    return this.#differences;
  }

  /** What the guest agent said. */
  get agent(): AgentAnswers | undefined {
    return this.#agent;
  }

  /** Whether the console has shown anything of an operating system. */
  get hasSystem(): boolean {
    return this.#reached.some(({ name }) => name === "kernel");
  }

  /** The line that asks for the passphrase of a disk, while the guest waits for it. */
  get question(): string | undefined {
    return this.#trouble?.weight === "waiting" ? this.#trouble.line : undefined;
  }

  /** Notes that the question is answered: the guest has what it waited for. */
  answer(): void {
    this.#trouble = undefined;
    this.#answers++;
  }

  /** Reads new console text; returns the milestones that it shows. */
  readConsole(text: string, atMs: number): ReachedMilestone[] {
    const fresh: ReachedMilestone[] = [];
    for (const sign of this.#console.push(text)) {
      if (sign.type === "milestone") {
        const { name, line: evidence, implied } = sign;
        fresh.push({ name, atMs, evidence, ...(implied ? { implied } : {}) });
        if (this.#trouble?.weight !== "fatal") this.#trouble = undefined;
      } else if (sign.weight === "clue") {
        this.#clue ??= sign;
      } else if (this.#trouble === undefined || weightOf(sign) > weightOf(this.#trouble)) {
        this.#trouble = { ...sign, atMs };
      }
    }
    this.#reached.push(...fresh);
    return fresh;
  }

  /** Reads new text from the port of the inside view. */
  readView(text: string, atMs: number): void {
    if (this.#view !== undefined || text === "") return;
    this.#viewText += text;
    this.#view = parseInsideView(this.#viewText);
    if (this.#view === undefined) return;
    this.#viewAtMs = atMs;
    this.#differences = compareInsideView(this.#view, this.#options.expected);
  }

  /** Takes what the guest agent said: a guest that answers is up. */
  readAgent(answers: AgentAnswers): void {
    this.#agent = answers;
  }

  /** Notes that qemu ended by itself, with the reason for people. */
  end(reason: string): void {
    this.#ended = reason;
  }

  /** The verdict, undefined while the boot goes on. */
  judge(atMs: number): Judgement | undefined {
    return this.#judgeView(atMs) ?? this.#judgeTrouble(atMs) ?? this.#judgeLogin() ?? this.#judgeEnd(atMs);
  }

  #judgeView(atMs: number): Judgement | undefined {
    const view = this.#view;
    if (view === undefined) return undefined;
    const differences = this.#differences.filter(({ severity }) => severity === "critical");
    if (differences.length > 0) {
      const list = differences.map(({ expected, found }) => `expected ${expected}, found ${found}`).join(
        "; ",
      );
      return { verdict: "failed", summary: `The guest is up, but not as promised: ${list}.` };
    }
    // A guest that writes to its serial console has its prompt there a moment sooner or later.
    const speaks = this.#reached.some(({ name, implied }) => name === "kernel" && implied === undefined);
    const { loginGraceMs, timeoutMs } = this.#options;
    const over = this.#ended !== undefined || atMs >= Math.min(this.#viewAtMs + loginGraceMs, timeoutMs);
    if (this.missing !== undefined && speaks && !over) return undefined;
    const login = this.missing === undefined ? "login prompt and inside view" : "inside view";
    const root = `root on ${view.rootSource}${view.rootDriver === "" ? "" : ` (${view.rootDriver})`}`;
    return { verdict: "booted", summary: `The guest is up: ${login}, kernel ${view.kernel}, ${root}.` };
  }

  #judgeTrouble(atMs: number): Judgement | undefined {
    const trouble = this.#trouble;
    if (trouble === undefined) return undefined;
    const said = `${trouble.reason} ("${trouble.line}")`;
    if (trouble.weight === "waiting") {
      const tried = this.#answers === 0 ? "" : `, also after those of --luks-key (${this.#answers})`;
      return { verdict: "unclear", summary: `Nothing can be said of the boot: ${said}${tried}.` };
    }
    if (trouble.weight === "suspect" && this.#ended === undefined) {
      if (atMs < trouble.atMs + this.#options.suspectMs) return undefined;
    }
    const clue = this.#clue === undefined ? "" : `, because ${this.#clue.reason} ("${this.#clue.line}")`;
    return {
      verdict: "failed",
      summary: `The guest does not boot: ${said}${clue}; ${this.#missingWords()}.`,
    };
  }

  #judgeLogin(): Judgement | undefined {
    if (this.#options.expected !== undefined) return undefined;
    if (this.#agent !== undefined) {
      const { system = "its system", version } = this.#agent;
      return {
        verdict: "booted",
        summary: `The guest is up: its agent answers (${system}, agent ${version}).`,
      };
    }
    if (this.missing !== undefined) return undefined;
    const prompt = this.#reached.at(-1)?.evidence ?? "";
    return { verdict: "booted", summary: `The guest is up: its console shows "${prompt}".` };
  }

  #judgeEnd(atMs: number): Judgement | undefined {
    if (this.#ended !== undefined) {
      return {
        verdict: "failed",
        summary: `The guest does not boot: ${this.#ended}; ${this.#missingWords()}.`,
      };
    }
    if (atMs < this.#options.timeoutMs) return undefined;
    const limit = `within ${Math.round(this.#options.timeoutMs / 1000)} s`;
    if (this.#options.expected !== undefined) {
      const what = this.missing === undefined
        ? "there is a login prompt, but "
        : `${this.#missingWords()}, and `;
      return { verdict: "failed", summary: `The boot is not proved: ${what}no inside view came ${limit}.` };
    }
    return { verdict: "unclear", summary: `The boot is not proved: ${this.#missingWords()} ${limit}.` };
  }

  #missingWords(): string {
    return this.missing === undefined
      ? "all milestones were reached"
      : `milestone ${this.missing} was not reached`;
  }
}

function weightOf({ weight }: TroubleSign): number {
  return { clue: -1, suspect: 0, waiting: 1, fatal: 2 }[weight];
}
