/**
 * The log, on @logtape/logtape: warnings to standard error (more with -v, less with -q), everything to
 * `--log-file`. Modules log with `getLogger(["hyper2kvm", …])`.
 *
 * @module
 */
import {
  configure,
  dispose,
  getLogger,
  type LogLevel as TapeLevel,
  type LogRecord,
  type Sink,
  withFilter,
} from "@logtape/logtape";
import { MigrateError } from "../model/error.ts";
import type { RunEvent } from "../model/event.ts";
import type { LogLevel, Progress } from "./progress.ts";
import type { Redactor } from "./redact.ts";

/** How much is logged, and where. */
export interface LogOptions {
  /** Everything on standard error. */
  readonly verbose: boolean;
  /** Errors only on standard error. */
  readonly quiet: boolean;
  /** File to append everything to. */
  readonly file?: string | undefined;
  /** Shows a line on standard error. */
  readonly progress: Pick<Progress, "log">;
  /** Masks secrets. */
  readonly redactor: Redactor;
}

/**
 * Sets up logging until it is disposed of.
 *
 * @throws {MigrateError} `usage/bad-value` when there is no place for the file
 */
export async function startLog(options: LogOptions): Promise<AsyncDisposable> {
  const file = options.file === undefined ? undefined : await openLog(options.file);
  const encoder = new TextEncoder();
  const shown: TapeLevel = options.quiet ? "error" : options.verbose ? "debug" : "warning";
  const screenSink: Sink = (record) =>
    options.progress.log(levelOf(record), options.redactor.text(textOf(record)));
  await configure<"screen" | "file", string>({
    reset: true,
    sinks: {
      screen: withFilter(screenSink, shown),
      file: (record) => {
        const line = `${new Date(record.timestamp).toISOString()} ${record.level.padEnd(7)} ` +
          `${record.category.slice(1).join(".")}: ${textOf(record)}\n`;
        file?.writeSync(encoder.encode(options.redactor.text(line)));
      },
    },
    loggers: [
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "error" },
      { category: "hyper2kvm", sinks: ["screen", "file"], lowestLevel: "debug" },
      // The screen has the events from the progress.
      { category: ["hyper2kvm", "event"], sinks: ["file"], parentSinks: "override", lowestLevel: "debug" },
    ],
  });
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      await dispose();
      file?.close();
    },
  };
}

async function openLog(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { create: true, append: true, mode: 0o600 });
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "its folder does not exist"
      : error instanceof Deno.errors.IsADirectory
      ? "it is a folder"
      : undefined;
    if (reason === undefined) throw error;
    const hint = "Give --log-file a file in a folder that exists.";
    throw new MigrateError("usage/bad-value", `Cannot write the log ${path}: ${reason}.`, {
      hint,
      cause: error,
    });
  }
}

/** Writes an event to the log file; the screen has it from the progress. */
export function logEvent(event: RunEvent): void {
  if (event.type === "progress") return;
  const { type, vm, ...rest } = event;
  getLogger(["hyper2kvm", "event"]).debug("{text}", { text: `${type} ${vm} ${JSON.stringify(rest)}` });
}

/** Writes a sentence to the log file; the screen has it already. */
export function logWord(level: "info" | "warning", text: string): void {
  getLogger(["hyper2kvm", "event"])[level]("{text}", { text });
}

function textOf(record: LogRecord): string {
  return record.message.map((part) => typeof part === "string" ? part : Deno.inspect(part)).join("");
}

function levelOf({ level }: LogRecord): LogLevel {
  return level === "fatal" ? "error" : level === "trace" ? "debug" : level;
}
