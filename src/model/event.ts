/**
 * What a run tells while it works. Renderers turn these into a terminal, plain lines or JSON lines.
 *
 * @module
 */
import type { Concern } from "./concern.ts";
import type { Milestone } from "./proof.ts";
import type { Stage } from "./stage.ts";

/** One event; `vm` is the name of the virtual machine, empty before it is known. */
export type RunEvent =
  | { readonly type: "stage-start"; readonly vm: string; readonly stage: Stage; readonly title: string }
  | {
    readonly type: "progress";
    readonly vm: string;
    readonly stage: Stage;
    /** Index of the disk, from 0. */
    readonly disk: number;
    readonly doneBytes: number;
    readonly totalBytes: number;
  }
  /** A sign of life, or a word on what the stage is doing now. */
  | { readonly type: "activity"; readonly vm: string; readonly stage: Stage; readonly message: string }
  | {
    readonly type: "milestone";
    readonly vm: string;
    readonly name: Milestone;
    /** Milliseconds since qemu started. */
    readonly atMs: number;
  }
  | { readonly type: "concern"; readonly vm: string; readonly concern: Concern }
  | {
    readonly type: "stage-end";
    readonly vm: string;
    readonly stage: Stage;
    readonly status: "done" | "skipped" | "failed";
    readonly elapsedMs: number;
    /** One phrase, such as "4 files changed". */
    readonly summary: string;
  };

/** Receives events; must not throw. */
export type EventSink = (event: RunEvent) => void;
