/**
 * One attempt at one arrival: its options, whether it is new, its conversion, what came of it.
 *
 * @module
 */
import { join } from "@std/path";
import type { BatchJob } from "../config/batch.ts";
import type { EventSink } from "../model/event.ts";
import { Batch } from "../orchestrator/batch.ts";
import type { Budget } from "../run/budget.ts";
import { exists } from "../run/files.ts";
import { outcomeOf, outcomeOfError, type RetryRule } from "./outcome.ts";
import type { Outcome, Queue, QueueItem } from "./queue.ts";
import { isSameContent, sampleContent } from "./same_content.ts";
import { jobsOf, type Template } from "./template.ts";

/** What an attempt needs. */
export interface Attempt {
  /** The watched folder. */
  readonly folder: string;
  /** Its queue. */
  readonly queue: Queue;
  /** The arrival, taken from the queue. */
  readonly item: QueueItem;
  /** The options for all. */
  readonly template: Template;
  /** What all conversions share of the host. */
  readonly budget: Budget;
  /** Aborted on Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Receives events. */
  readonly emit: EventSink;
}

/** How long an arrival waits for another that may be the same, in milliseconds. */
const TWIN_WAIT_MS = 2_000;

/** Converts an arrival; nothing is thrown for a failure. */
export async function convertArrival(attempt: Attempt): Promise<Outcome> {
  const { folder, item, template, budget, signal, emit } = attempt;
  const { retries, retry_delay } = template.job;
  const rule: RetryRule = { retries, delayMs: retry_delay * 1000 };
  try {
    const jobs = await jobsOf(template, folder, item);
    const twin = await twinOutcome(attempt, jobs);
    if (twin !== null) return twin;
    const { job } = jobs[0]!;
    const options = { ...template.job, report: job.report, metrics_file: undefined };
    const report = await new Batch({ jobs, maxVms: 1, options, budget, signal, emit }).run();
    return outcomeOf(report, item.attempts, rule, Date.now());
  } catch (error) {
    return outcomeOfError(error, item.attempts, rule, Date.now());
  }
}

/** The outcome of an arrival that is the same as another one: converted before, or at work now. */
async function twinOutcome(
  { folder, queue, item, template }: Attempt,
  jobs: readonly BatchJob[],
): Promise<Outcome | null> {
  const [only] = jobs;
  if (item.kind !== "source" || only === undefined) return null;
  const fingerprint = await sampleContent(folder, item, { ...only.job, output: undefined, name: undefined });
  queue.fingerprint(item.id, fingerprint);
  for (const other of queue.items()) {
    if (other.fingerprint !== fingerprint || other.id === item.id) continue;
    if (other.state === "running" && other.id < item.id) {
      return { state: "waiting", summary: "", counts: false, notBeforeMs: Date.now() + TWIN_WAIT_MS };
    }
    const output = join(template.output, other.name);
    if (other.state !== "done" || !await exists(join(output, "report.json"))) continue;
    if (!await isSameContent(folder, item, other)) continue;
    return { state: "duplicate", summary: `the same content as ${other.path}, which is in ${output}` };
  }
  return null;
}
