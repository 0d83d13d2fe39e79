/**
 * Runs a hook: a shell command with the event as one JSON object on its standard input.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import type { Stage } from "../model/stage.ts";
import { runCommand } from "../run/command.ts";
import type { Hook, HookPoint } from "./hook.ts";

/** What a hook reads. Members that are not known yet are left out. */
export interface HookEvent {
  /** Version of this object; it changes when a member changes its meaning or goes. */
  readonly version: 1;
  /** When the hook runs. */
  readonly point: HookPoint;
  /** The stage. */
  readonly stage: Stage;
  /** Name of the machine, empty before it is known. */
  readonly vm: string;
  /** What was given as source. */
  readonly source: readonly string[];
  /** The output folder. */
  readonly output_dir: string;
  /** After a stage: what came of it; after the report: what came of the machine. */
  readonly status?: "done" | "skipped" | "failed" | "succeeded" | "cancelled" | "planned";
  /** After a stage: one phrase on what it did. */
  readonly summary?: string;
  /** After a stage: how long it took, in milliseconds. */
  readonly elapsed_ms?: number;
  /** The finished disks, as soon as there are any. */
  readonly disks?: readonly string[];
  /** The libvirt definition, as soon as there is one. */
  readonly definition?: string;
  /** Why the machine failed. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** How a hook is run. */
export interface HookOptions {
  /** How long it may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Ends it when aborted. */
  readonly signal: AbortSignal;
  /** Receives what it prints, a line at a time. */
  readonly onLine: (line: string) => void;
}

/** Longest line of a hook that is shown, in characters. */
const LINE_CHARS = 500;

/**
 * Runs a hook to its end; what it has started and left running ends with it.
 *
 * @throws {MigrateError} `hook/failed` by its exit status or the time limit, `run/cancelled`
 */
export async function runHook(hook: Hook, event: HookEvent, options: HookOptions): Promise<void> {
  const { timeoutMs, signal, onLine } = options;
  try {
    await runCommand("/bin/sh", ["-c", hook.command], {
      stdin: new TextEncoder().encode(`${JSON.stringify(event)}\n`),
      timeoutMs,
      signal,
      onStdout: byLine(onLine),
      diesWithUs: true,
      endsWhole: true,
    });
  } catch (error) {
    if (!(error instanceof MigrateError) || error.code === "run/cancelled") throw error;
    const reason = error.code === "tool/timeout"
      ? `it ran longer than ${timeoutMs / 1000} s`
      : error.message.replace(/^\S+ failed /, "").trim();
    throw new MigrateError("hook/failed", `Cannot finish the hook ${hook.point}: ${reason}`, {
      stage: event.stage,
      hint: "Mend the command and give the same again; --hook-failure warn goes on without it.",
      cause: error,
    });
  }
}

/** Cuts a stream of text into lines. */
function byLine(onLine: (line: string) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!.slice(-LINE_CHARS);
    for (const line of lines) if (line.trim() !== "") onLine(line.slice(0, LINE_CHARS));
  };
}
