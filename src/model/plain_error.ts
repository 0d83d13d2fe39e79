/**
 * Errors between threads: structuredClone keeps the message of an error and loses the rest.
 *
 * @module
 */
import { asMigrateError } from "./as_migrate_error.ts";
import { type ErrorCode, MigrateError } from "./error.ts";
import type { Stage } from "./stage.ts";

/** An error as a plain value. */
export interface PlainError {
  /** What went wrong, for programs. */
  readonly code: ErrorCode;
  /** For people. */
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
  /** Where. */
  readonly stage?: Stage;
  /** For `--debug`. */
  readonly stack?: string;
}

/** Whatever was thrown, as a plain value. */
export function plainError(thrown: unknown): PlainError {
  const { code, message, hint, stage, stack } = asMigrateError(thrown);
  return {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(stage === undefined ? {} : { stage }),
    ...(stack === undefined ? {} : { stack }),
  };
}

/** The error of a plain value. */
export function revived({ code, message, hint, stage, stack }: PlainError): MigrateError {
  const error = new MigrateError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(stage === undefined ? {} : { stage }),
  });
  if (stack !== undefined) error.stack = stack;
  return error;
}
