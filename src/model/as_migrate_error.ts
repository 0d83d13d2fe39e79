/**
 * Turns whatever was thrown into the one error type: the operating system's refusals get the code and the
 * hint that a person can act on.
 *
 * @module
 */
import { cancelled, type ErrorCode, MigrateError } from "./error.ts";
import type { Stage } from "./stage.ts";

/** How one kind of system error is told. */
interface Rule {
  readonly matches: (error: Error & { readonly code?: string }) => boolean;
  readonly code: ErrorCode;
  readonly hint: string;
}

const RULES: readonly Rule[] = [
  {
    matches: (error) =>
      error.code === "ENOSPC" || error.code === "EDQUOT" || /No space left/.test(error.message),
    code: "space/full",
    hint: "Free some space, or choose another folder with -o or --work-dir.",
  },
  {
    matches: (error) => error instanceof Deno.errors.NotCapable,
    code: "permission/denied",
    hint: "This Deno permission was not granted: run with the permission set of the task, or with -A.",
  },
  {
    matches: (error) =>
      error instanceof Deno.errors.PermissionDenied || error.code === "EACCES" || error.code === "EROFS",
    code: "permission/denied",
    hint: "Run as a user who may read the source and write the output folder.",
  },
];

/** The error itself when it is ours already; else the nearest code, `run/internal` when there is none. */
export function asMigrateError(thrown: unknown, stage?: Stage): MigrateError {
  if (thrown instanceof MigrateError) return stage === undefined ? thrown : withStage(thrown, stage);
  const where = stage === undefined ? {} : { stage };
  if (thrown instanceof DOMException && thrown.name === "AbortError") return cancelled(stage);
  if (!(thrown instanceof Error)) return new MigrateError("run/internal", String(thrown), where);
  const rule = RULES.find((one) => one.matches(thrown));
  if (rule !== undefined) {
    return new MigrateError(rule.code, thrown.message, { hint: rule.hint, cause: thrown, ...where });
  }
  return new MigrateError("run/internal", thrown.message, {
    hint: "This is a fault of hyper2kvm: run again with --debug and report what it prints.",
    cause: thrown,
    ...where,
  });
}

/** The same error with its stage filled in where it was not known. */
function withStage(error: MigrateError, stage: Stage): MigrateError {
  if (error.stage !== undefined) return error;
  const copy = new MigrateError(error.code, error.message, {
    stage,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  });
  if (error.stack !== undefined) copy.stack = error.stack;
  return copy;
}
