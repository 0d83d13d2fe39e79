/**
 * Command `convert`.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import type { Job } from "../config/schema.ts";
import { finish } from "./finish.ts";
import { type Session, withSession } from "./session.ts";

/** Converts a machine and prints what came of it; with `--dry-run` it plans. */
export async function run(args: readonly string[]): Promise<number> {
  return await withSession("convert", args, convertAll);
}

/** Works on the machines of a session. */
export async function convertAll(session: Session): Promise<number> {
  const { job, jobs, signal, emit } = session;
  for (const one of jobs) requireSource("convert", one.job);
  const { Batch } = await import("../orchestrator/batch.ts");
  const batch = new Batch({ jobs, maxVms: job.max_vms, options: job, signal, emit });
  return await finish(session, job.dry_run ? await batch.plan() : await batch.run());
}

/**
 * Requires at least one source.
 *
 * @throws {MigrateError} `usage/missing-argument`
 */
export function requireSource(command: string, job: Job): void {
  if (job.source.length > 0) return;
  throw new MigrateError("usage/missing-argument", `Cannot ${command}: no SOURCE is given.`, {
    hint: `Name a disk image; see hyper2kvm ${command} --help.`,
  });
}
