/**
 * Command `live-fix`.
 *
 * @module
 */
import { join } from "@std/path";
import { promptSecret } from "@std/cli/prompt-secret";
import type { Job } from "../config/schema.ts";
import { ERROR_EXITS, MigrateError } from "../model/error.ts";
import type { Report } from "../model/report.ts";
import { colored, pageFor, pair, paragraph } from "../report/page.ts";
import type { LiveTarget } from "../live/live_fix.ts";
import type { Undone } from "../live/undo.ts";
import { readPassword } from "../run/password.ts";
import { parseSshHost } from "../ssh/address.ts";
import { exitStatusOfReport } from "./errors.ts";
import { print, printError } from "./output.ts";
import { type Session, withSession } from "./session.ts";

/** Fixes a running guest, or undoes the last fix. */
export async function run(args: readonly string[]): Promise<number> {
  return await withSession("live-fix", args, liveFixAll);
}

/** Works on the guests of a session, one after the other; the status is that of the first that failed. */
export async function liveFixAll(session: Session): Promise<number> {
  const statuses: number[] = [];
  for (const { job } of session.jobs) {
    const target = await targetOf(session, job);
    statuses.push(job.undo ? await undo(session, target) : await fix(session, job, target));
  }
  session.endProgress();
  return statuses.find((status) => status !== 0) ?? 0;
}

async function targetOf({ signal, emit, redactor }: Session, job: Job): Promise<LiveTarget> {
  const [named, another] = job.source;
  if (named === undefined || another !== undefined) {
    const reason = named === undefined ? "no machine is named" : `${another} is one machine too many`;
    throw new MigrateError("usage/missing-argument", `Cannot fix a running guest: ${reason}.`, {
      hint: "hyper2kvm live-fix root@HOST",
    });
  }
  const place = {
    file: job.sudo_password_file,
    variable: job.sudo_password_env,
    option: "--sudo-password-file",
  };
  const password = await readPassword(place);
  if (password !== undefined) redactor.add(password);
  const address = parseSshHost(named);
  const canAsk = job.sudo && password === undefined && Deno.stdin.isTerminal();
  return {
    address,
    choices: {
      options: job.ssh_opt,
      ...(job.identity === undefined ? {} : { identity: job.identity }),
      ...(job.port === undefined ? {} : { port: job.port }),
    },
    access: { sudo: job.sudo, ...(password === undefined ? {} : { password }) },
    signal,
    emit,
    ...(canAsk
      ? {
        askPassword: () => {
          const typed = promptSecret(`Password of sudo on ${address.host}:`) || undefined;
          if (typed !== undefined) redactor.add(typed);
          return typed;
        },
      }
      : {}),
  };
}

async function fix(session: Session, job: Job, target: LiveTarget): Promise<number> {
  const { liveFix } = await import("../live/live_fix.ts");
  const plugins = await (await import("../plugin/load.ts")).loadPlugins(job.plugins);
  const { report, error } = await liveFix({
    ...target,
    fix: {
      fstabMode: job.fstab_mode,
      initramfs: job.initramfs,
      networkPolicy: job.network_policy,
      removeTools: job.remove_vmware_tools,
      installGuestAgent: job.install_guest_agent,
    },
    moreFixes: plugins.fixes,
    skipped: job.skip_fix,
    nicMappings: job.nic_map,
    dryRun: job.dry_run,
  });
  const safe = session.redactor.value(report);
  const folder = job.dry_run ? undefined : job.output ?? `live-fix-${target.address.host}`;
  // A guest that was never reached has nothing to report but the error.
  const isWorthAFile = folder !== undefined && report.vms[0]?.guest !== undefined;
  if (isWorthAFile) await write(safe, folder);
  await show(session, safe, isWorthAFile ? folder : undefined);
  if (error !== undefined) printError(`hyper2kvm: ${safe.vms[0]!.error!.message}\n`);
  if (error?.hint !== undefined) printError(`hint: ${error.hint}\n`);
  return exitStatusOfReport(safe);
}

async function write(report: Report, folder: string): Promise<void> {
  const { writeReportFile } = await import("../report/write.ts");
  await Deno.mkdir(folder, { recursive: true });
  for (const name of ["report.json", "report.md"]) await writeReportFile(report, join(folder, name));
}

async function show({ job, page }: Session, report: Report, folder: string | undefined): Promise<void> {
  if (job.json) print((await import("../report/json.ts")).toJson(report));
  else if (!job.quiet && report.vms[0]?.guest !== undefined) {
    const { renderLive } = await import("../report/live_text.ts");
    const { renderPlan } = await import("../report/plan_text.ts");
    print(report.status === "planned" ? renderPlan(report, page) : renderLive(report, page, folder));
  }
}

async function undo(session: Session, target: LiveTarget): Promise<number> {
  const { liveUndo } = await import("../live/live_fix.ts");
  const { job, page, redactor } = session;
  const undone = redactor.value(await liveUndo(target, job.dry_run));
  if (job.json) print(`${JSON.stringify(undone, null, 2)}\n`);
  else if (!job.quiet) print(undoneLines(undone, job.dry_run, target.address.host, page).join("\n") + "\n");
  return undone.leftAlone.length === 0 ? 0 : ERROR_EXITS["fix/failed"];
}

function undoneLines(undone: Undone, dryRun: boolean, host: string, options: Session["page"]): string[] {
  const page = pageFor(options);
  const { restored, leftAlone } = undone;
  const count = `${restored.length} ${restored.length === 1 ? "file" : "files"}`;
  const verb = dryRun ? "would be as before" : restored.length === 1 ? "is as before" : "are as before";
  return [
    ...colored(page, leftAlone.length === 0 ? "green" : "yellow", `${host}: ${count} ${verb} ${undone.run}`),
    ...restored.flatMap((path) => paragraph(page, path)),
    ...leftAlone.flatMap(({ path = "", reason }) => pair(page, path, reason, Math.min(40, path.length))),
  ];
}
