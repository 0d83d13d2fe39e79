/**
 * How far the machines of an output folder are, out of its journal and its lock.
 *
 * @module
 */
import { join } from "@std/path";
import type { Stage } from "../model/stage.ts";
import { lockHolder } from "../run/lock.ts";
import { Journal, JOURNAL_NAME, type MachineRecord, type StepRecord } from "./journal.ts";

/** One machine. */
export interface MachineState {
  /** Its name. */
  readonly name: string;
  /** `stopped`: the run was killed. */
  readonly state: "running" | "stopped" | "succeeded" | "failed" | "cancelled";
  /** ISO 8601. */
  readonly startedAt: string;
  /** ISO 8601. */
  readonly finishedAt?: string;
  /** Why it failed. */
  readonly error?: string;
  /** Completed steps, in order. */
  readonly steps: readonly { readonly stage: Stage; readonly elapsedMs: number; readonly summary: string }[];
  /** What the same command would do now, in words. */
  readonly next: string;
}

/** An output folder. */
export interface FolderStatus {
  /** Its path. */
  readonly folder: string;
  /** The process that works in it. */
  readonly pid?: number;
  /** Its machines, in the order in which they were begun. */
  readonly machines: readonly MachineState[];
}

/** Reads the status of a folder; null when it has no journal. */
export async function readStatus(folder: string): Promise<FolderStatus | null> {
  try {
    await Deno.stat(join(folder, JOURNAL_NAME));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
  const holder = await lockHolder(folder);
  using journal = Journal.open(folder);
  return {
    folder,
    ...(holder === null ? {} : { pid: holder.pid }),
    machines: journal.machines().map((machine) =>
      stateOf(machine, journal.steps(machine.name), holder !== null)
    ),
  };
}

function stateOf(machine: MachineRecord, steps: readonly StepRecord[], isHeld: boolean): MachineState {
  const state = machine.status !== "running" ? machine.status : isHeld ? "running" : "stopped";
  const error = machine.report?.error?.message;
  return {
    name: machine.name,
    state,
    startedAt: machine.startedAt,
    ...(machine.finishedAt === undefined ? {} : { finishedAt: machine.finishedAt }),
    ...(error === undefined ? {} : { error }),
    steps: steps.map(({ stage, elapsedMs, summary }) => ({ stage, elapsedMs, summary })),
    next: nextOf(state, steps),
  };
}

function nextOf(state: MachineState["state"], steps: readonly StepRecord[]): string {
  if (state === "succeeded") return "The same command does nothing; --restart converts it again.";
  if (state === "running") return "At work.";
  const hasDisks = steps.some((step) => step.found.outputs !== undefined);
  const hasOverlays = steps.some((step) => step.found.overlays !== undefined);
  if (!hasDisks) return `The same command ${hasOverlays ? "goes on with the copy" : "begins anew"}.`;
  return steps.some((step) => step.stage === "prove")
    ? "The same command goes on with the definition."
    : "The same command goes on with the finished disks.";
}
