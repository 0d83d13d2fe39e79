/**
 * Command `run`: what `convert` does, as job files say; another command where a file of the Python hyper2kvm asks
 * for it.
 *
 * @module
 */
import { convertAll } from "./convert.ts";
import { printError } from "./output.ts";
import { type Session, withSession } from "./session.ts";

/** Runs the machines of job files. */
export async function run(args: readonly string[]): Promise<number> {
  const { vsphereJob } = await import("./vsphere_job.ts");
  const vsphere = await vsphereJob(args);
  if (vsphere === undefined) return await withSession("run", args, runAll);
  for (const warning of vsphere.warnings) printError(`hyper2kvm: warning: ${warning}\n`);
  return await (await import("./vsphere.ts")).run(vsphere.args);
}

async function runAll(session: Session): Promise<number> {
  if (session.command !== "live-fix") return await convertAll(session);
  return await (await import("./live_fix.ts")).liveFixAll(session);
}
