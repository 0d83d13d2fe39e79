/**
 * Judges a guest that says nothing on its console, from its screen and its disks: pure. It never says "booted":
 * a picture that stands still is for a person to read.
 *
 * @module
 */
import type { DiskActivity } from "./proof_guest.ts";
import { isStopScreen, type ScreenFacts } from "./screen.ts";

/** What was seen at one moment. */
export interface QuietSample {
  /** Milliseconds since the start. */
  readonly atMs: number;
  /** The screen. */
  readonly screen: ScreenFacts;
  /** What the disks had moved until then. */
  readonly activity: DiskActivity;
}

/** What the samples show. */
export type QuietJudgement = { readonly verdict: "failed" | "unclear"; readonly summary: string };

const MIB = 1024 ** 2;

/** Takes samples until they say something. */
export class QuietWatch {
  readonly #settleMs: number;
  /** Since when screen and disks have not changed. */
  #still: QuietSample | undefined;
  #last: QuietSample | undefined;

  /** Prepares to wait so many milliseconds, without any change, before giving up. */
  constructor(settleMs: number) {
    this.#settleMs = settleMs;
  }

  /** Takes a sample; a judgement when nothing more is to be expected. */
  take(sample: QuietSample): QuietJudgement | undefined {
    const before = this.#last;
    this.#last = sample;
    const isStopped = isStopScreen(sample.screen);
    if (isStopped && before !== undefined && isStopScreen(before.screen)) {
      return {
        verdict: "failed",
        summary: `The guest stopped: its screen is that of a Windows stop error (${this.words()}).`,
      };
    }
    const start = this.#still;
    const isSame = start !== undefined && start.screen.fingerprint === sample.screen.fingerprint &&
      start.activity.readBytes === sample.activity.readBytes &&
      start.activity.writtenBytes === sample.activity.writtenBytes;
    if (!isSame) this.#still = sample;
    if (!isSame || sample.atMs - start.atMs < this.#settleMs) return undefined;
    const seconds = Math.round((sample.atMs - start.atMs) / 1000);
    return {
      verdict: "unclear",
      summary: `Nothing can be said of the boot: screen and disks have not moved for ${seconds} s ` +
        `(${this.words()}); the last screenshot shows where it stands.`,
    };
  }

  /** What was seen last, for people. */
  words(): string {
    if (this.#last === undefined) return "no screen was seen";
    const { screen, activity } = this.#last;
    const colour = screen.mainColour.map((part) => part.toString(16).padStart(2, "0")).join("");
    const size = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;
    return `screen ${screen.width}×${screen.height}, ${
      Math.round(screen.mainShare * 100)
    } % of it #${colour}; ` +
      `disks: ${size(activity.readBytes)} read, ${size(activity.writtenBytes)} written`;
  }
}
