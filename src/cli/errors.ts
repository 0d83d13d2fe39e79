/**
 * How an error ends the program: two lines for the user, and the exit status.
 *
 * @module
 */
import { asMigrateError } from "../model/as_migrate_error.ts";
import { ERROR_EXITS, type ExitStatus, MigrateError } from "../model/error.ts";
import type { Report } from "../model/report.ts";

/** What goes to standard error: `hyper2kvm: MESSAGE`, `hint: …`, and with `debug` the stack and its causes. */
export function formatError(thrown: unknown, debug: boolean): string {
  const error = asMigrateError(thrown);
  const lines = [`hyper2kvm: ${error.message}`];
  if (error.hint !== undefined) lines.push(`hint: ${error.hint}`);
  if (debug) {
    for (let cause: unknown = error; cause !== undefined; cause = (cause as { cause?: unknown }).cause) {
      lines.push(cause instanceof Error ? cause.stack ?? cause.message : `cause: ${Deno.inspect(cause)}`);
      if (!(cause instanceof Error)) break;
    }
  }
  return lines.join("\n") + "\n";
}

/** The exit status for something thrown. */
export function exitStatusOfError(thrown: unknown): ExitStatus {
  return asMigrateError(thrown).exitStatus;
}

/**
 * The exit status for a report: the error's own when there is one VM, 1 when there are several, and 1 for a plan
 * that something blocks.
 */
export function exitStatusOfReport(report: Report): ExitStatus {
  if (report.status === "cancelled") return ERROR_EXITS["run/cancelled"];
  const [only] = report.vms;
  if (report.status === "failed") {
    if (report.vms.length !== 1 || only === undefined) return 1;
    if (only.error !== undefined) return ERROR_EXITS[only.error.code];
    return only.proof !== undefined && only.proof.verdict !== "booted" ? ERROR_EXITS["prove/failed"] : 1;
  }
  return isBlocked(report) ? 1 : 0;
}

/** Whether a critical concern stands in the way of a planned machine, or of all together. */
export function isBlocked({ status, vms, concerns = [] }: Report): boolean {
  const all = [...concerns, ...vms.flatMap((vm) => vm.concerns)];
  return status === "planned" && all.some((concern) => concern.severity === "critical");
}

/** The error for a command that does not exist. */
export function unknownCommand(name: string, near: string | undefined): MigrateError {
  const hint = near === undefined ? "See hyper2kvm --help." : `Did you mean ${near}?`;
  return new MigrateError("usage/unknown-command", `Cannot run "${name}": there is no such command.`, {
    hint,
  });
}
