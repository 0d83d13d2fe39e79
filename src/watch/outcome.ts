/**
 * What a conversion came to, for the queue: done, to be tried again, or failed for good.
 *
 * @module
 */
import { asMigrateError } from "../model/as_migrate_error.ts";
import type { ErrorCode } from "../model/error.ts";
import type { Report } from "../model/report.ts";
import type { ItemNumbers, Outcome } from "./queue.ts";

/** Failures whose reason may pass: the same job can succeed later. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "network/failed",
  "libvirt/failed",
  "space/full",
  "tool/failed",
  "tool/timeout",
  "guestfs/failed",
  "guestfs/worker",
  "prove/unclear",
  "run/busy",
]);

/** When a failed attempt is followed by another. */
export interface RetryRule {
  /** How often at most. */
  readonly retries: number;
  /** The wait before the first one, in milliseconds; it doubles each time. */
  readonly delayMs: number;
}

/** The outcome of a report. */
export function outcomeOf(report: Report, attempts: number, rule: RetryRule, nowMs: number): Outcome {
  const numbers = numbersOf(report);
  if (report.status === "cancelled") return STOPPED;
  const failed = report.vms.find((vm) => vm.status === "failed");
  if (failed === undefined) return { state: "done", summary: "converted", numbers };
  const { code = "run/internal", message = "It failed.", hint } = failed.error ?? {};
  return { ...failure(code, withHint(message, hint), attempts, rule, nowMs), numbers };
}

/** The outcome of something thrown. */
export function outcomeOfError(
  thrown: unknown,
  attempts: number,
  rule: RetryRule,
  nowMs: number,
): Outcome {
  const { code, message, hint } = asMigrateError(thrown);
  if (code === "run/cancelled") return STOPPED;
  return failure(code, withHint(message, hint), attempts, rule, nowMs);
}

/** The program was stopped: the arrival waits for the next start, which goes on with it. */
const STOPPED: Outcome = { state: "waiting", summary: "stopped", counts: false };

function failure(
  code: ErrorCode,
  summary: string,
  attempts: number,
  rule: RetryRule,
  nowMs: number,
): Outcome {
  if (!PASSING.has(code) || attempts > rule.retries) return { state: "failed", summary, code };
  return { state: "waiting", summary, code, notBeforeMs: nowMs + rule.delayMs * 2 ** (attempts - 1) };
}

function withHint(message: string, hint: string | undefined): string {
  return hint === undefined ? message : `${message}\n${hint}`;
}

function numbersOf({ vms }: Report): ItemNumbers {
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
  return {
    machines: vms.length,
    sourceBytes: sum(vms.flatMap((vm) => (vm.source?.disks ?? []).map((disk) => disk.allocatedSizeBytes))),
    outputBytes: sum(vms.flatMap((vm) => vm.outputs.map((disk) => disk.allocatedSizeBytes))),
    steps: vms.flatMap((vm) =>
      vm.stages.filter((one) => one.status !== "skipped").map(({ stage, elapsedMs }) => ({
        stage,
        elapsedMs,
      }))
    ),
  };
}
