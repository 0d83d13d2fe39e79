/**
 * The outcome of the boot proof.
 *
 * @module
 */

/** What a booting guest passes, in order. */
export const MILESTONES = ["firmware", "bootloader", "kernel", "root-mounted", "init", "login"] as const;

/** One thing that a booting guest passes. */
export type Milestone = (typeof MILESTONES)[number];

/** A milestone that was reached. */
export interface ReachedMilestone {
  /** Which one. */
  readonly name: Milestone;
  /** Milliseconds since qemu started. */
  readonly atMs: number;
  /** The console line that shows it. */
  readonly evidence: string;
}

/** What the boot proof found. */
export interface BootProof {
  /** `unclear`: nothing shows failure, but the last milestone was not seen either. */
  readonly verdict: "booted" | "failed" | "unclear";
  /** One sentence: what was reached or what is missing. */
  readonly summary: string;
  /** Milestones in the order reached. */
  readonly reached: readonly ReachedMilestone[];
  /** First milestone that was not reached. */
  readonly missing?: Milestone;
  /** `kvm` or `tcg`. */
  readonly accelerator: "kvm" | "tcg";
  /** Milliseconds from the start of qemu to the verdict. */
  readonly elapsedMs: number;
  /** Serial console log on the host. */
  readonly serialLog?: string;
  /** Screenshots on the host (PNG). */
  readonly screenshots: readonly string[];
  /** Last lines of the console, for the report. */
  readonly consoleTail: readonly string[];
}
