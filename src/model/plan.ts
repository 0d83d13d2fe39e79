/**
 * What a plan says beside the changes: the space and the time that a run would take.
 *
 * @module
 */
import type { Stage } from "./stage.ts";

/** Space that is needed on one storage. */
export interface PlannedSpace {
  /** What for: the finished disks, or what is temporary. */
  readonly purpose: "output" | "work";
  /** The folder; it need not exist yet. */
  readonly path: string;
  /** Bytes that are needed, by allocated size. */
  readonly neededBytes: number;
  /** Bytes that are free there for this user. */
  readonly freeBytes: number;
  /** Names the storage: two folders on one share what is free. */
  readonly storage: string;
}

/** Time that a stage would take. */
export interface PlannedTime {
  /** Which one. */
  readonly stage: Stage;
  /** Milliseconds. */
  readonly ms: number;
  /** Whether it was measured on this machine and host, or is what such a stage usually takes. */
  readonly basis: "measured" | "usual";
}

/** What a run of one machine would take. */
export interface VmPlan {
  /** Space, by purpose. */
  readonly spaces: readonly PlannedSpace[];
  /** Time, by stage, in order. */
  readonly times: readonly PlannedTime[];
  /** How fast the source can be read, in bytes per second; measured. */
  readonly readBytesPerSecond?: number;
}
