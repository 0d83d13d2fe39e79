/**
 * Reads a guest's serial console: which milestones of the boot it shows, and the signs that the boot has
 * failed, so that a broken guest is known in seconds and not at the time limit.
 *
 * @module
 */
import { type Milestone, MILESTONES } from "../model/proof.ts";

/** A milestone that the console shows. */
export interface MilestoneSign {
  /** `milestone`. */
  readonly type: "milestone";
  /** Which one. */
  readonly name: Milestone;
  /** The console line that shows it. */
  readonly line: string;
  /** Whether a later milestone shows it. */
  readonly implied: boolean;
}

/** A sign that the boot does not go on. */
export interface TroubleSign {
  /** `trouble`. */
  readonly type: "trouble";
  /**
   * `fatal`: it has failed; `suspect`: unless more follows; `waiting`: it needs a person; `clue`: no failure by
   * itself, but the reason of one that follows.
   */
  readonly weight: "fatal" | "suspect" | "waiting" | "clue";
  /** What it means, one phrase. */
  readonly reason: string;
  /** The console line that shows it. */
  readonly line: string;
}

/** What a line of the console says. */
export type ConsoleSign = MilestoneSign | TroubleSign;

/** Lines that show each milestone. A line of dracut's own systemd must not count as the guest's init. */
const MILESTONE_LINES: Readonly<Record<Milestone, RegExp>> = {
  firmware: /^SeaBIOS \(|^BdsDxe: |^Booting from Hard Disk/,
  bootloader:
    /^GRUB loading|^Welcome to GRUB!|GNU GRUB +version|^Booting `.+'|^Loading Linux |^(SYS|EXT)LINUX |^EFI stub: /,
  kernel: /^(\[ *\d+\.\d+\] )?Linux version \d|^\[ *\d+\.\d{6}\] /,
  "root-mounted":
    /(EXT4-fs|XFS|F2FS-fs) \((?!loop).+\): (mounted filesystem|Ending clean mount|Mounted with)|^Begin: Running \/scripts\/local-bottom|Mounted (sysroot\.mount|\/sysroot)|systemd\[1\]: Switching root|VFS: Mounted root/,
  init:
    /^Welcome to (?!GRUB|emergency|rescue)(?!.*(dracut|initramfs)).+!$|^INIT: version .+ booting|OpenRC .+ is starting up|Reached target (multi-user|graphical|getty)\b/i,
  network: /(Reached target|Started).*\b(network(-online)?\.target|Network( is Online)?\.?$)/,
  login: /^[\w.-]+ login:(\s|$)/,
};

interface TroubleRule {
  readonly weight: TroubleSign["weight"];
  readonly pattern: RegExp;
  readonly reason: string;
}

/** The first rule that matches a line wins. Prompts count without a line end: they never get one. */
const TROUBLE_RULES: readonly TroubleRule[] = [
  {
    weight: "fatal",
    pattern: /^No bootable device|No bootable option or device|^UEFI Interactive Shell|^>>Start (PXE|HTTP)/,
    reason: "the firmware finds nothing to boot from",
  },
  {
    weight: "fatal",
    pattern: /^Entering rescue mode|^grub rescue>|^grub>\s*$/,
    reason: "GRUB finds no menu and waits at its prompt",
  },
  { weight: "fatal", pattern: /Kernel panic - not syncing/, reason: "the kernel panicked" },
  { weight: "fatal", pattern: /^ALERT! .* does not exist/, reason: "the root device does not exist" },
  { weight: "fatal", pattern: /^\(initramfs\)/, reason: "the initramfs stopped at its prompt" },
  {
    weight: "fatal",
    pattern:
      /Generating "\/run\/initramfs\/rdsosreport|Entering emergency mode\.|^dracut:\/# |: Could not boot\.$/,
    reason: "the initramfs cannot mount the root filesystem and opened its emergency shell",
  },
  {
    weight: "fatal",
    pattern:
      /^You are in (emergency|rescue) mode|^Welcome to (emergency|rescue) mode|(Give root password|Press Enter) for maintenance/,
    reason: "the guest stopped in emergency mode",
  },
  {
    weight: "waiting",
    pattern: /^(?:\S+ )?Please (unlock disk|enter passphrase for)|^Enter passphrase for/i,
    reason: "the guest waits for the passphrase of a disk",
  },
  {
    weight: "suspect",
    pattern: /^error: .*(no such (device|partition|disk)|not found|unknown filesystem|load the kernel first)/,
    reason: "GRUB reports an error",
  },
  {
    weight: "clue",
    pattern: /Dependency failed for (\S+\.(mount|swap)\b|\/)/,
    reason: "a line of fstab names what is not there",
  },
  {
    weight: "suspect",
    pattern: /Gave up waiting for root|dracut-initqueue.* timeout/,
    reason: "the initramfs does not find the root filesystem",
  },
];

/** How many lines of the console are kept for the report. */
const TAIL_LINES = 40;
/** A line without an end is cut to this many characters. */
const MAX_LINE_CHARS = 4_096;

/** An escape sequence (ECMA-48 section 5.4: CSI, OSC, or two characters); moving the cursor ends a line. */
// deno-lint-ignore no-control-regex
const ESCAPE = /\x1b(\[[0-?]*[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])/g;
/** An escape sequence that the text ends in. */
// deno-lint-ignore no-control-regex
const UNFINISHED_ESCAPE = /\x1b(\[[0-?]*[ -/]*|\][^\x07\x1b]*)?$/;

/** Console text as plain lines: no escape sequences, no carriage returns, no other control characters. */
export function plainConsole(text: string): string {
  return text
    .replaceAll(ESCAPE, (_all, _sequence, final) => final !== undefined && "HfJ".includes(final) ? "\n" : "")
    .replaceAll("\r", "\n")
    // deno-lint-ignore no-control-regex
    .replaceAll(/[\x00-\x08\x0b-\x1f\x7f]/g, "");
}

/** Reads a console as it grows; the same text gives the same signs, in whatever pieces it comes. */
export class ConsoleReader {
  #rest = "";
  #next = 0;
  readonly #tail: string[] = [];
  readonly #told = new Set<string>();
  #lineNumber = 0;

  /** Reads more text and returns what is new in it, in order. */
  push(text: string): ConsoleSign[] {
    const raw = this.#rest + text;
    const cut = UNFINISHED_ESCAPE.exec(raw)?.index ?? raw.length;
    const lines = plainConsole(raw.slice(0, cut)).split("\n");
    const open = lines.pop() ?? "";
    this.#rest = open.slice(-MAX_LINE_CHARS) + raw.slice(cut);
    const signs: ConsoleSign[] = [];
    for (const line of lines) {
      if (line.trim() !== "") {
        signs.push(...this.#read(line.trim()));
        this.#tail.push(line.trimEnd());
      }
      this.#lineNumber++;
      if (this.#tail.length > TAIL_LINES) this.#tail.shift();
    }
    return [...signs, ...this.#readPrompt(open)];
  }

  /** The first milestone that was not seen, undefined when all were. */
  get missing(): Milestone | undefined {
    return MILESTONES[this.#next];
  }

  /** The last lines, the unfinished one included. */
  get tail(): readonly string[] {
    const open = plainConsole(this.#rest).trim();
    return open === "" ? [...this.#tail] : [...this.#tail, open];
  }

  /** A line that may still grow: only prompts, which are complete as they are, are looked for. */
  #readPrompt(line: string): ConsoleSign[] {
    const prompt = /([#>):] ?|maintenance)$/.test(line);
    return prompt ? this.#read(line.trimStart()) : [];
  }

  #read(line: string): ConsoleSign[] {
    const seen = MILESTONES.findLastIndex((name) => MILESTONE_LINES[name].test(line));
    const signs: ConsoleSign[] = [];
    for (; this.#next <= seen; this.#next++) {
      const name = MILESTONES[this.#next] as Milestone;
      signs.push({ type: "milestone", name, line: line.trim(), implied: this.#next < seen });
    }
    const rule = TROUBLE_RULES.find(({ pattern }) => pattern.test(line));
    if (rule === undefined) return signs;
    // A question that is asked once more is news.
    const key = rule.reason + (rule.weight === "waiting" ? this.#lineNumber : line.trim());
    if (this.#told.has(key)) return signs;
    this.#told.add(key);
    signs.push({ type: "trouble", weight: rule.weight, reason: rule.reason, line: line.trim() });
    return signs;
  }
}
