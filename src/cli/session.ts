/**
 * What every command with options does around its work: read the job, show progress, keep the log, listen
 * for Ctrl-C.
 *
 * @module
 */
import { loadJob } from "../config/load.ts";
import { OPTIONS } from "../config/options.ts";
import type { Job, JobCommand } from "../config/schema.ts";
import type { EventSink, RunEvent } from "../model/event.ts";
import type { PageOptions } from "../report/page.ts";
import { Interrupt } from "../run/signals.ts";
import { createProgress, progressStyle, type Screen } from "../ui/progress.ts";
import { Redactor } from "../ui/redact.ts";
import { columnsOf, isUtf8, printError, terminalColumns, wantsColor } from "./output.ts";

/** What a command works with. */
export interface Session {
  /** The checked options. */
  readonly job: Job;
  /** Aborted on Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Shows and logs an event. */
  readonly emit: EventSink;
  /** Masks the secrets of the job. */
  readonly redactor: Redactor;
  /** How to format what goes to standard output. */
  readonly page: PageOptions;
  /** Ends the progress, so that the result can be printed. */
  endProgress(): void;
}

/** Runs the work of a command inside a session; the log and the signals are released whatever happens. */
export async function withSession(
  command: JobCommand,
  args: readonly string[],
  work: (session: Session) => Promise<number>,
): Promise<number> {
  const { job } = await loadJob(command, args);
  const redactor = redactorFor(job);
  const style = progressStyle(job.progress, job.quiet, Deno.stderr.isTerminal());
  using progress = createProgress(style, errorScreen(job));
  const { logEvent, startLog } = await import("../ui/log.ts");
  await using _log = await startLog({
    verbose: job.verbose,
    quiet: job.quiet,
    file: job.log_file,
    progress,
    redactor,
  });
  using interrupt = new Interrupt({
    onFirst: () => progress.log("warning", "Stopping; press Ctrl-C again to stop at once."),
  });
  return await work({
    job,
    redactor,
    signal: interrupt.signal,
    emit: (event: RunEvent) => {
      const safe = event.type === "progress" ? event : redactor.value(event);
      logEvent(safe);
      progress.emit(safe);
    },
    page: {
      columns: columnsOf(Deno.stdout),
      color: wantsColor(Deno.stdout, job.color),
      utf8: isUtf8(),
    },
    endProgress: () => progress[Symbol.dispose](),
  });
}

function redactorFor(job: Job): Redactor {
  const redactor = new Redactor();
  for (const { key, secret } of OPTIONS) {
    if (secret === true) redactor.add(String(job[key] ?? ""));
  }
  return redactor;
}

function errorScreen(job: Job): Screen {
  return {
    write: printError,
    columns: terminalColumns,
    color: wantsColor(Deno.stderr, job.color),
    utf8: isUtf8(),
    now: () => performance.now(),
  };
}
