/**
 * The interface of a preflight rule. One rule a file; `preflight.ts` has the table.
 *
 * @module
 */
import type { Job } from "../config/schema.ts";
import type { Concern } from "../model/concern.ts";
import type { PlannedSpace } from "../model/plan.ts";
import type { ErrorCode } from "../model/error.ts";
import type { DiscoveredSource } from "../model/source.ts";
import type { HostFacts } from "./host.ts";

/** What a rule may look at. */
export interface PreflightFacts {
  /** What is asked for. */
  readonly job: Job;
  /** What was found. */
  readonly source: DiscoveredSource;
  /** The machine that the conversion runs on. */
  readonly host: HostFacts;
  /** The output folder; it need not exist yet. */
  readonly outputDir: string;
  /** The space that is needed, and what is free. */
  readonly spaces: readonly PlannedSpace[];
  /** Final paths of the disks, in order. */
  readonly outputs: readonly string[];
  /** Those of the outputs that an earlier run of the same job began or finished: they may be replaced. */
  readonly own?: readonly string[];
  /** Whether the outputs are finished, and only what comes after them is done. */
  readonly isWritten?: boolean;
}

/** What a rule found; a critical finding names the error that stops the run. */
export type Finding =
  | (Concern & { readonly severity: "warning" | "information" })
  | (Concern & { readonly severity: "critical"; readonly code: ErrorCode });

/** One question asked before any work. */
export interface PreflightRule {
  /** Stable name; also the id of its concern. */
  readonly id: string;
  /** Null when all is well. */
  check(facts: PreflightFacts): Promise<Finding | null> | Finding | null;
}
