/**
 * What every stage gets beside its values.
 *
 * @module
 */
import type { EventSink } from "../model/event.ts";

/** The accelerator that qemu runs guests with. */
export type Accelerator = "kvm" | "tcg";

/** What every stage gets beside its values. */
export interface RunContext {
  /** Aborted on Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Receives the events of the run. */
  readonly emit: EventSink;
  /** Folder for temporary files, on the same storage as the output; removed at the end. */
  readonly workDir: string;
  /** What the probe said of KVM. */
  readonly accelerator: Accelerator;
}
