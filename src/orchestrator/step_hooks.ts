/**
 * The hooks of a machine on its way: what each is told, and what its failure means.
 *
 * @module
 */
import { type HookMoment, hooksAt } from "../hooks/hook.ts";
import { type HookEvent, runHook } from "../hooks/run_hook.ts";
import type { Concern } from "../model/concern.ts";
import { MigrateError } from "../model/error.ts";
import type { Stage } from "../model/stage.ts";
import type { Progress } from "./machine.ts";
import { vmName } from "./migration.ts";

/** What came of a stage, or at the end of the machine. */
type Outcome = Pick<HookEvent, "status" | "summary" | "elapsed_ms">;

/**
 * Runs the hooks of a point in the order in which they were given. Returns warnings for those that failed where the
 * job wants no more, and where the machine has failed already: the first reason stays the reason.
 *
 * @throws {MigrateError} `hook/failed`, `run/cancelled`
 */
export async function stepHooks(
  moment: HookMoment,
  stage: Stage,
  progress: Progress,
  outcome: Outcome = {},
): Promise<readonly Concern[]> {
  const { job, mode, emit, signal } = progress.migration;
  if (mode === "plan") return []; // a plan changes nothing, and a hook may
  const concerns: Concern[] = [];
  for (const hook of hooksAt(job.hook, `${moment}_${stage}`)) {
    const vm = vmName(progress.migration);
    const say = (message: string): void =>
      emit({ type: "activity", vm, stage, message: `${hook.point}: ${message}` });
    try {
      const event = hookEvent(moment, stage, progress, outcome);
      await runHook(hook, event, { timeoutMs: job.hook_timeout * 1000, signal, onLine: say });
    } catch (error) {
      const tolerated = error instanceof MigrateError && error.code === "hook/failed" &&
        (job.hook_failure === "warn" || progress.error !== undefined);
      if (!tolerated) throw error;
      concerns.push({ id: "hook/failed", severity: "warning", message: error.message });
    }
  }
  return concerns;
}

/**
 * Runs the hooks of the end of a machine, whatever came of it, as a stage of their own: they may take minutes.
 *
 * @throws {MigrateError} `hook/failed`, `run/cancelled`
 */
export async function endHooks(
  progress: Progress,
  outcome: NonNullable<Outcome["status"]>,
): Promise<readonly Concern[]> {
  const { job, mode, emit } = progress.migration;
  const count = hooksAt(job.hook, "post_report").length;
  if (mode === "plan" || count === 0) return [];
  const [vm, stage, started] = [vmName(progress.migration), "report", performance.now()] as const;
  const summary = `${count} hook${count === 1 ? "" : "s"} of the end`;
  let status: "done" | "failed" = "failed";
  emit({ type: "stage-start", vm, stage, title: summary });
  try {
    const concerns = await stepHooks("post", stage, progress, { status: outcome });
    status = "done";
    return concerns;
  } finally {
    const elapsedMs = Math.round(performance.now() - started);
    emit({ type: "stage-end", vm, stage, status, elapsedMs, summary });
  }
}

function hookEvent(moment: HookMoment, stage: Stage, progress: Progress, outcome: Outcome): HookEvent {
  const { migration, error } = progress;
  const { outputs, definition } = migration.found;
  return {
    version: 1,
    point: `${moment}_${stage}`,
    stage,
    vm: vmName(migration),
    source: migration.job.source,
    output_dir: migration.outputDir,
    ...outcome,
    ...(outputs === undefined ? {} : { disks: outputs.map(({ path }) => path) }),
    ...(definition === undefined ? {} : { definition }),
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
  };
}
