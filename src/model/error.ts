/**
 * The one error type of the program, and the table that gives each code its exit status.
 *
 * @module
 */
import type { Stage } from "./stage.ts";

/** Exit statuses, with the words that `--help` and the README print. */
export const EXIT_STATUSES = {
  0: "done",
  1: "a VM failed, or a plan is blocked",
  2: "usage or configuration",
  3: "permission",
  4: "space",
  5: "a tool or library is missing",
  6: "libguestfs",
  7: "network or remote API",
  8: "the boot proof failed",
  9: "the input is damaged or unsupported",
  130: "cancelled",
} as const;

/** One of the documented exit statuses. */
export type ExitStatus = keyof typeof EXIT_STATUSES;

/** Every error code and the exit status that it ends the program with. */
export const ERROR_EXITS = {
  "usage/bad-option": 2,
  "usage/bad-value": 2,
  "usage/unknown-command": 2,
  "usage/missing-argument": 2,
  "usage/output-exists": 2,
  "config/bad-file": 2,
  "permission/denied": 3,
  "space/full": 4,
  "tool/missing": 5,
  "tool/failed": 1,
  "tool/timeout": 1,
  "library/missing": 5,
  "library/incompatible": 5,
  "guestfs/failed": 6,
  "guestfs/worker": 6,
  "libvirt/failed": 7,
  "network/failed": 7,
  "fix/failed": 1,
  "hook/failed": 1,
  "plugin/failed": 2,
  "plan/blocked": 1,
  "prove/failed": 8,
  "prove/unclear": 8,
  "source/missing": 9,
  "source/damaged": 9,
  "source/unsupported": 9,
  "guest/unsupported": 9,
  "disk/damaged": 9,
  "run/busy": 1,
  "run/cancelled": 130,
  "run/internal": 1,
} as const satisfies Record<string, ExitStatus>;

/** What went wrong, for programs. */
export type ErrorCode = keyof typeof ERROR_EXITS;

/** What a {@linkcode MigrateError} carries beside its message. */
export interface MigrateErrorOptions {
  /** The stage in which it happened. */
  readonly stage?: Stage;
  /** What the user can do about it, one line. */
  readonly hint?: string;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * A failure that the user is told about: message and hint on two lines, the stack only with `--debug`.
 *
 * Messages read "Cannot X: reason".
 */
export class MigrateError extends Error {
  /** Tells it from other errors, also across Workers. */
  override readonly name = "MigrateError";
  /** What went wrong, for programs. */
  readonly code: ErrorCode;
  /** The stage in which it happened, where it is known. */
  readonly stage: Stage | undefined;
  /** What the user can do about it. */
  readonly hint: string | undefined;

  /** Makes an error that ends the program with the exit status of its code. */
  constructor(code: ErrorCode, message: string, options: MigrateErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.stage = options.stage;
    this.hint = options.hint;
  }

  /** The exit status of the program when this error ends it. */
  get exitStatus(): ExitStatus {
    return ERROR_EXITS[this.code];
  }
}

/** The error that a cancelled run ends with (exit status 130). */
export function cancelled(stage?: Stage): MigrateError {
  return new MigrateError("run/cancelled", "Cancelled.", stage === undefined ? {} : { stage });
}
