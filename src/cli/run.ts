/**
 * Command `run`: what `convert` does, as job files say.
 *
 * @module
 */
import { convertAll } from "./convert.ts";
import { withSession } from "./session.ts";

/** Runs the machines of job files. */
export async function run(args: readonly string[]): Promise<number> {
  return await withSession("run", args, convertAll);
}
