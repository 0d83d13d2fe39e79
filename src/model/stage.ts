/**
 * The stages of a migration, in order. One name for the folder, the journal, the events and the report.
 *
 * @module
 */

/** Every stage, in the order in which the pipeline reaches it. */
export const STAGES = [
  "discover",
  "preflight",
  "open",
  "inspect",
  "fix",
  "copy",
  "verify",
  "prove",
  "define",
  "report",
] as const;

/** The name of one stage. */
export type Stage = (typeof STAGES)[number];
