/**
 * Command `status`.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import { MigrateError } from "../model/error.ts";
import { JOURNAL_NAME } from "../orchestrator/journal.ts";
import { type FolderStatus, readStatus } from "../orchestrator/status.ts";
import { colored, type Page, pageFor, pair, paragraph } from "../report/page.ts";
import { duration } from "../ui/duration.ts";
import { print } from "./output.ts";
import { type Session, withSession } from "./session.ts";

/** Prints how far the machines of an output folder are; 1 when one failed or was stopped. */
export async function run(args: readonly string[]): Promise<number> {
  return await withSession("status", args, async (session) => {
    const { job, page, redactor } = session;
    const [named, another] = job.source;
    const folder = named ?? job.output;
    if (folder === undefined || another !== undefined) {
      throw new MigrateError("usage/missing-argument", "Cannot show the status: name one output folder.", {
        hint: "hyper2kvm status out",
      });
    }
    const watched = await watchedStatus(resolve(folder), session);
    if (watched !== null) return watched;
    const status = redactor.value(await readStatus(resolve(folder)));
    if (status === null) {
      throw new MigrateError(
        "usage/bad-value",
        `Cannot show the status: ${join(folder, JOURNAL_NAME)} is not there.`,
        {
          hint: "Name the output folder of a conversion, or a watched folder.",
        },
      );
    }
    print(job.json ? `${JSON.stringify(status, null, 2)}\n` : renderStatus(status, pageFor(page)));
    return status.machines.every((one) => one.state === "succeeded" || one.state === "running") ? 0 : 1;
  });
}

/** Prints the status of a folder that is or was watched; null for another. */
async function watchedStatus(folder: string, { job, page, redactor }: Session): Promise<number | null> {
  const { hasOpenFailures, readWatchStatus } = await import("../watch/status.ts");
  const found = await readWatchStatus(folder);
  if (found === null) return null;
  const status = redactor.value(found);
  const { renderWatchStatus } = await import("./watch_status.ts");
  print(job.json ? `${JSON.stringify(status, null, 2)}\n` : renderWatchStatus(status, pageFor(page)));
  const isStopped = status.pid === undefined && status.items.some((one) => one.state === "running");
  return isStopped || await hasOpenFailures(status) ? 1 : 0;
}

/** The status for a terminal. */
export function renderStatus(status: FolderStatus, page: Page): string {
  const by = status.pid === undefined ? "no run is at work" : `process ${status.pid} is at work`;
  const lines = [page.paint("bold", status.folder), ...paragraph(page, by)];
  for (const machine of status.machines) {
    const color = machine.state === "succeeded" ? "green" : machine.state === "running" ? "cyan" : "red";
    lines.push("", ...colored(page, color, `${machine.name}: ${machine.state}`));
    if (machine.error !== undefined) lines.push(...paragraph(page, machine.error));
    for (const step of machine.steps) {
      lines.push(...pair(page, step.stage, `${step.summary} (${duration(step.elapsedMs)})`, 10));
    }
    lines.push(...paragraph(page, machine.next));
  }
  return `${lines.join("\n")}\n`;
}
