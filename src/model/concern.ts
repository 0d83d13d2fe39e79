/**
 * What a person should know before, or after, a migration.
 *
 * @module
 */

/** How much a concern weighs: a critical one blocks the migration. */
export type Severity = "critical" | "warning" | "information";

/** One finding, with its cure. */
export interface Concern {
  /** Stable name such as `space/output`, for programs. */
  readonly id: string;
  /** How much it weighs. */
  readonly severity: Severity;
  /** One sentence. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}
