/**
 * Command `plan`.
 *
 * @module
 */
import { requireSource } from "./convert.ts";
import { finish } from "./finish.ts";
import { withSession } from "./session.ts";

/** Shows what `convert` would do; writes nothing. */
export async function run(args: readonly string[]): Promise<number> {
  return await withSession("plan", args, async (session) => {
    const { job, jobs, signal, emit } = session;
    for (const one of jobs) requireSource("plan", one.job);
    const { Batch } = await import("../orchestrator/batch.ts");
    return await finish(
      session,
      await new Batch({ jobs, maxVms: job.max_vms, options: job, signal, emit }).plan(),
    );
  });
}
