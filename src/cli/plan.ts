/**
 * Command `plan`.
 *
 * @module
 */
import { requireSource } from "./convert.ts";
import { MigrateError } from "../model/error.ts";
import { finish } from "./finish.ts";
import { type Session, withSession } from "./session.ts";

/** Shows what `convert` would do; writes nothing. */
export async function run(args: readonly string[]): Promise<number> {
  return await withSession("plan", args, async (session) => {
    const { job, jobs, signal, emit, command } = session;
    if (command === "live-fix") return await planLiveFix(session);
    if (command !== undefined) {
      throw new MigrateError("usage/bad-value", `Cannot plan the job: it is for hyper2kvm ${command}.`, {
        hint: "hyper2kvm run JOB does what it says; plan is for conversions.",
      });
    }
    for (const one of jobs) requireSource("plan", one.job);
    const { Batch } = await import("../orchestrator/batch.ts");
    return await finish(
      session,
      await new Batch({ jobs, maxVms: job.max_vms, options: job, signal, emit }).plan(),
    );
  });
}

/** What `live-fix` would change, as its own dry run shows it. */
async function planLiveFix(session: Session): Promise<number> {
  const { liveFixAll } = await import("./live_fix.ts");
  const jobs = session.jobs.map((one) => ({ ...one, job: { ...one.job, dry_run: true } }));
  return await liveFixAll({ ...session, jobs });
}
