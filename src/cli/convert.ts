/**
 * Command `convert`.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import type { Job } from "../config/schema.ts";
import { finish } from "./finish.ts";
import { withSession } from "./session.ts";

/** Converts a machine and prints what came of it; with `--dry-run` it plans. */
export async function run(args: readonly string[]): Promise<number> {
  return await withSession("convert", args, async (session) => {
    const { job, signal, emit } = session;
    requireSource("convert", job);
    const { Orchestrator } = await import("../orchestrator/orchestrator.ts");
    const orchestrator = new Orchestrator({ job, signal, emit });
    return await finish(session, job.dry_run ? await orchestrator.plan() : await orchestrator.run());
  });
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
