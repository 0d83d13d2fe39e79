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
    const { job, signal, emit } = session;
    requireSource("plan", job);
    const { Orchestrator } = await import("../orchestrator/orchestrator.ts");
    return await finish(session, await new Orchestrator({ job, signal, emit }).plan());
  });
}
