/**
 * Command `run`: what `convert` does, as job files say; another command where a file of the Python hyper2kvm asks
 * for it.
 *
 * @module
 */
import { loadBatch } from "../config/batch.ts";
import { MigrateError } from "../model/error.ts";
import { convertAll } from "./convert.ts";
import { printError } from "./output.ts";
import { type Session, withSession } from "./session.ts";

/** Runs the machines of job files. */
export async function run(args: readonly string[]): Promise<number> {
  const { vsphereJob } = await import("./vsphere_job.ts");
  const vsphere = await vsphereJob(args);
  if (vsphere === undefined) return await runHere(args);
  for (const warning of vsphere.warnings) printError(`hyper2kvm: warning: ${warning}\n`);
  return await (await import("./vsphere.ts")).run(vsphere.args);
}

async function runHere(args: readonly string[]): Promise<number> {
  const { command, shared: { job } } = await loadBatch("run", args);
  if (command === "systemd") return await (await import("./systemd.ts")).run(["-o", job.output!]);
  if (command === "watch") return await (await import("./watch.ts")).run(watchArgs(args, job.watch_dir));
  return await withSession("run", args, runAll);
}

/**
 * The arguments of `watch` for `cmd: daemon`: the job files are its template, other flags stay.
 *
 * @throws {MigrateError} `usage/missing-argument`
 */
export function watchArgs(args: readonly string[], folder: string | undefined): string[] {
  if (folder === undefined) {
    throw new MigrateError("usage/missing-argument", "Cannot watch: the job file names no watch_dir.", {
      hint: "Add watch_dir: DIR, or run hyper2kvm watch DIR --job JOB.",
    });
  }
  const rest: string[] = [folder];
  for (const queue = [...args]; queue.length > 0;) {
    const arg = queue.shift()!;
    if (arg === "--cmd") queue.shift();
    else if (arg === "--config") rest.push("--job", queue.shift() ?? "");
    else if (arg.startsWith("--config=")) rest.push("--job", arg.slice("--config=".length));
    else if (/\.(ya?ml|json)$/i.test(arg) && !arg.startsWith("-")) rest.push("--job", arg);
    else if (!arg.startsWith("--cmd=")) rest.push(arg);
  }
  return rest;
}

async function runAll(session: Session): Promise<number> {
  if (session.command !== "live-fix") return await convertAll(session);
  return await (await import("./live_fix.ts")).liveFixAll(session);
}
