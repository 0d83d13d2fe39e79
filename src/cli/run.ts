/**
 * Command `run`: what `convert` does, as job files say; another command where a file of the Python hyper2kvm asks
 * for it.
 *
 * @module
 */
import { loadBatch } from "../config/batch.ts";
import { ERROR_EXITS, MigrateError } from "../model/error.ts";
import { shellWord } from "../run/shell_word.ts";
import { convertAll } from "./convert.ts";
import { exitStatusOfError, formatError } from "./errors.ts";
import { print, printError } from "./output.ts";
import { type Session, withSession } from "./session.ts";
import type { VsphereJob } from "./vsphere_job.ts";

/** Runs the machines of job files. */
export async function run(args: readonly string[]): Promise<number> {
  const { vsphereJob } = await import("./vsphere_job.ts");
  const vsphere = await vsphereJob(args);
  if (vsphere === undefined) return await runHere(args);
  return await runVsphere(vsphere);
}

/** One command after the other; of several, one that fails leaves the next running. */
async function runVsphere({ commands, isDump }: VsphereJob): Promise<number> {
  for (const warning of new Set(commands.flatMap(({ warnings }) => warnings))) {
    printError(`hyper2kvm: warning: ${warning}\n`);
  }
  if (isDump) {
    for (const { args } of commands) print(`hyper2kvm vsphere ${args.map(shellWord).join(" ")}\n`);
    return 0;
  }
  const { run } = await import("./vsphere.ts");
  if (commands.length === 1) return await run(commands[0]!.args);
  let hasFailed = false;
  for (const { args } of commands) {
    const status = await run(args).catch((error) => {
      printError(formatError(error, args.includes("--debug")));
      return exitStatusOfError(error);
    });
    if (status === ERROR_EXITS["run/cancelled"]) return status;
    hasFailed ||= status !== 0;
  }
  return hasFailed ? 1 : 0;
}

async function runHere(args: readonly string[]): Promise<number> {
  const { command, shared: { job } } = await loadBatch("run", args);
  if (job.dump_config) return await withSession("run", args, runAll);
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
