/**
 * Command `watch`.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import { ERROR_EXITS, MigrateError } from "../model/error.ts";
import { FolderLock } from "../run/lock.ts";
import { print } from "./output.ts";
import { type Session, withSession } from "./session.ts";

/** Converts what arrives in a folder, until it is stopped. */
export async function run(args: readonly string[]): Promise<number> {
  let onHangup = (): void => {};
  return await withSession("watch", args, (session) => {
    return watch(session, args, (reload) => onHangup = reload);
  }, () => onHangup());
}

async function watch(
  session: Session,
  args: readonly string[],
  setReload: (reload: () => void) => void,
): Promise<number> {
  const { job, signal, emit, say } = session;
  const [named, another] = job.source;
  if (named === undefined || another !== undefined) {
    throw new MigrateError("usage/missing-argument", "Cannot watch: name one folder.", {
      hint: "hyper2kvm watch DIR --job TEMPLATE",
    });
  }
  const { readTemplate } = await import("../watch/template.ts");
  const { requireFolder, Watcher } = await import("../watch/watcher.ts");
  const { SqliteQueue } = await import("../watch/sqlite_queue.ts");
  const { QUEUE_NAME, readWatchStatus, STATE_FOLDER } = await import("../watch/status.ts");
  const { HostBudget } = await import("../run/budget.ts");
  const { jobLimits } = await import("../orchestrator/batch.ts");
  const folder = resolve(named);
  let template = await readTemplate(args);
  for (const warning of template.warnings) say("warning", warning);
  await requireFolder(folder, template.output);
  await using _lock = await FolderLock.take(folder, "watch");
  await Deno.mkdir(join(folder, STATE_FOLDER), { recursive: true, mode: 0o700 });
  using queue = SqliteQueue.open(join(folder, STATE_FOLDER, QUEUE_NAME));
  await using numbers = await publisher(session, () => queue.totals());
  setReload(() => {
    readTemplate(args).then((next) => {
      template = next;
      say("info", "The template was read again.");
    }, (error) => say("warning", `The template stays as it was: ${(error as Error).message}`));
  });
  say("info", `Watching ${folder}; the outputs go to ${template.output}.`);
  const watcher = new Watcher({
    ...{ folder, queue, signal, emit, once: job.once },
    budget: new HostBudget(jobLimits(template.job)),
    template: () => template,
    say: (text) => say("info", text),
    onChange: () => numbers.write(),
  });
  const failures = await watcher.run();
  if (job.json) {
    session.endProgress();
    print(`${JSON.stringify(await readWatchStatus(folder), null, 2)}\n`);
  }
  if (!job.once) return 0;
  return signal.aborted ? ERROR_EXITS["run/cancelled"] : failures > 0 ? 1 : 0;
}

/** Writes and serves the numbers as the options ask. */
async function publisher(
  { job, say }: Session,
  totals: () => import("../watch/queue.ts").QueueTotals,
): Promise<AsyncDisposable & { write(): Promise<void> }> {
  const { serveMetrics, watchMetrics } = await import("../watch/metrics.ts");
  const { writeMetricsText } = await import("../report/metrics.ts");
  const server = job.metrics_port === undefined
    ? undefined
    : serveMetrics(job.metrics_port, () => watchMetrics(totals()));
  if (server !== undefined) say("info", `The numbers are on http://127.0.0.1:${server.port}/metrics.`);
  return {
    write: async () => {
      if (job.metrics_file !== undefined) await writeMetricsText(watchMetrics(totals()), job.metrics_file);
    },
    [Symbol.asyncDispose]: async () => await server?.[Symbol.asyncDispose](),
  };
}
