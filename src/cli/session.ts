/**
 * What every command with options does around its work: read the job, show progress, keep the log, listen
 * for Ctrl-C.
 *
 * @module
 */
import { type BatchJob, loadBatch, type LoadedBatch } from "../config/batch.ts";
import { OPTIONS } from "../config/options.ts";
import type { Job, JobCommand } from "../config/schema.ts";
import type { EventSink, RunEvent } from "../model/event.ts";
import type { PageOptions } from "../report/page.ts";
import { Interrupt } from "../run/signals.ts";
import { createProgress, progressStyle, type Screen } from "../ui/progress.ts";
import { Redactor } from "../ui/redact.ts";
import { MigrateError } from "../model/error.ts";
import { columnsOf, isUtf8, print, printError, terminalColumns, wantsColor } from "./output.ts";

/** What a command works with. */
export interface Session {
  /** The checked options; for a batch those of the run. */
  readonly job: Job;
  /** What the job files are for, when they say so and it is no conversion. */
  readonly command?: JobCommand;
  /** The machines to work on; one, unless the command takes batches. */
  readonly jobs: readonly BatchJob[];
  /** Aborted on Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Shows and logs an event. */
  readonly emit: EventSink;
  /** Tells the user something, and logs it. */
  say(level: "info" | "warning", text: string): void;
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
  onHangup?: () => void,
): Promise<number> {
  const batch = await loadBatch(command, args);
  const { job } = batch.shared;
  if (job.dump_config) return await dump(command, batch);
  if (batch.isBatch && !BATCHING.includes(command)) {
    throw new MigrateError("usage/bad-option", `Cannot ${command} a batch: name one machine.`, {
      hint: `hyper2kvm ${command} SOURCE; run and plan take batches.`,
    });
  }
  const redactor = redactorFor([job, ...batch.jobs.map((one) => one.job)]);
  const style = progressStyle(job.progress, job.quiet, Deno.stderr.isTerminal());
  using progress = await createProgress(style, errorScreen(job), batch.jobs.length > 1);
  const { logEvent, logWord, startLog } = await import("../ui/log.ts");
  await using _log = await startLog({
    verbose: job.verbose,
    quiet: job.quiet,
    file: job.log_file,
    progress,
    redactor,
  });
  using interrupt = new Interrupt({
    onFirst: () => progress.log("warning", "Stopping; press Ctrl-C again to stop at once."),
    ...(onHangup === undefined ? {} : { onHangup }),
  });
  for (const warning of batch.warnings) progress.log("warning", warning);
  return await work({
    job,
    jobs: batch.jobs,
    ...(batch.command === undefined ? {} : { command: batch.command }),
    redactor,
    signal: interrupt.signal,
    say: (level, text) => {
      const safe = redactor.text(text);
      logWord(level, safe);
      if (!job.quiet || level === "warning") progress.log(level, safe);
    },
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

/** Commands that work on several machines. */
const BATCHING: readonly JobCommand[] = ["convert", "run", "plan"];

async function dump(command: JobCommand, batch: LoadedBatch): Promise<number> {
  const { dumpJson, dumpYaml } = await import("../config/dump.ts");
  for (const warning of batch.warnings) printError(`warning: ${warning}\n`);
  print(batch.shared.job.json ? dumpJson(command, batch) : dumpYaml(command, batch));
  return 0;
}

function redactorFor(jobs: readonly Job[]): Redactor {
  const redactor = new Redactor();
  for (const { key, secret } of OPTIONS) {
    if (secret === true) { for (const job of jobs) redactor.add(String(job[key] ?? "")); }
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
