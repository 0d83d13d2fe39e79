/**
 * The pipeline as data: named steps in order, each with the condition under which it runs. The names are the
 * stages of events, journal and report.
 *
 * @module
 */
import type { Job } from "../config/schema.ts";
import type { Stage } from "../model/stage.ts";
import { copyDisks, verifyDisks } from "./steps/copy.ts";
import { convertWithPlugin } from "./steps/plugin_converter.ts";
import { define } from "./steps/define.ts";
import { discover } from "./steps/discover.ts";
import { fixGuest } from "./steps/fix.ts";
import { inspect } from "./steps/inspect.ts";
import { open } from "./steps/open.ts";
import { preflightStep } from "./steps/preflight.ts";
import { prove } from "./steps/prove.ts";
import { convertFixedWithV2v, convertWithV2v } from "./steps/virt_v2v.ts";
import type { Migration, StepResult } from "./migration.ts";

/** `plan` writes nothing; `convert` does it. */
export type Mode = "plan" | "convert";

/** One step of the pipeline. */
export interface Step {
  /** Its name. */
  readonly stage: Stage;
  /** What it does, for people. */
  readonly title: string;
  /** Whether it runs in this mode with this job. */
  readonly when: (mode: Mode, job: Job) => boolean;
  /** Does it: takes what is known, returns what it adds. */
  readonly run: (migration: Migration) => Promise<StepResult>;
}

const always = (): boolean => true;
const opening = (mode: Mode, job: Job): boolean => mode === "convert" || job.plan_depth !== "host";
const builtIn = (mode: Mode, job: Job): boolean =>
  opening(mode, job) && !job.use_v2v && job.converter === undefined;
/** virt-v2v copies by itself, and its disks are checked before they get their names. */
const copying = (job: Job): boolean => !job.use_v2v && !job.post_v2v;
const converting = (mode: Mode): boolean => mode === "convert";

/** Every step, in order. */
export const STEPS: readonly Step[] = [
  { stage: "discover", title: "Read the source", when: always, run: discover },
  { stage: "preflight", title: "Check the host", when: always, run: preflightStep },
  { stage: "open", title: "Open the disks", when: opening, run: open },
  { stage: "inspect", title: "Inspect the guest", when: opening, run: inspect },
  { stage: "fix", title: "Fix the guest", when: builtIn, run: fixGuest },
  {
    stage: "fix",
    title: "Convert with virt-v2v",
    when: (mode, job) => opening(mode, job) && job.use_v2v,
    run: convertWithV2v,
  },
  {
    stage: "fix",
    title: "Convert with a plugin",
    when: (mode, job) => opening(mode, job) && job.converter !== undefined,
    run: convertWithPlugin,
  },
  {
    stage: "copy",
    title: "Convert with virt-v2v",
    when: (mode, job) => converting(mode) && job.post_v2v,
    run: convertFixedWithV2v,
  },
  {
    stage: "copy",
    title: "Copy the disks",
    when: (mode, job) => converting(mode) && copying(job),
    run: copyDisks,
  },
  {
    stage: "verify",
    title: "Verify the images",
    when: (mode, job) => converting(mode) && copying(job),
    run: verifyDisks,
  },
  {
    stage: "prove",
    title: "Prove that it boots",
    when: (mode, job) => mode === "convert" && job.boot_proof,
    run: prove,
  },
  { stage: "define", title: "Write the definition", when: converting, run: define },
];
