/**
 * What of an earlier run can be kept: nothing, the fixed overlays, the finished disks, the boot proof too, or
 * everything.
 *
 * @module
 */
import type { Job } from "../config/schema.ts";
import type { Stage } from "../model/stage.ts";
import { disksKey, isUnchanged, machineKey, sameInputs } from "./identity.ts";
import { scratchFiles } from "./scratch.ts";
import type { FileIdentity, Journal, MachineRecord, StepRecord } from "./journal.ts";

/** What a run starts from. */
export interface Resume {
  /** Steps whose results are kept, with those results. */
  readonly kept: readonly StepRecord[];
  /** Files of an earlier run of the same job, which may be replaced. */
  readonly own: readonly string[];
  /** The machine, when nothing is left to do. */
  readonly finished?: MachineRecord;
}

/** What {@linkcode resumeFrom} compares. */
export interface ResumeRequest {
  /** The journal of the output folder, when there is one. */
  readonly journal: Journal | undefined;
  /** Name of the machine. */
  readonly name: string;
  /** What is asked for. */
  readonly job: Job;
  /** The source's files as they are now. */
  readonly inputs: readonly FileIdentity[];
  /** The stages that this job goes through. */
  readonly stages: readonly Stage[];
  /** Whether a file was made by this run itself, such as a download. */
  readonly isMade: (path: string) => boolean;
}

const NOTHING: Resume = { kept: [], own: [] };

/** The steps that end with fixed overlays: they are kept together or not at all. */
const FIX_STAGES: readonly Stage[] = ["open", "inspect", "fix"];
/** The steps that end with finished disks. */
const DISK_STAGES: readonly Stage[] = ["open", "inspect", "fix", "copy", "verify"];

/** Decides what is kept. */
export async function resumeFrom(request: ResumeRequest): Promise<Resume> {
  const { journal, name, job, inputs, stages, isMade } = request;
  const machine = journal?.machine(name) ?? null;
  if (journal === undefined || machine === null) return NOTHING;
  if (job.restart) return { kept: [], own: machine.claims };
  if (machine.key !== disksKey(job) || !sameInputs(machine.inputs, inputs, isMade)) return NOTHING;
  const steps = journal.steps(name);
  const isDone = (stage: Stage): boolean =>
    steps.some((step) => step.stage === stage && step.status === "done");
  const inPipeline = DISK_STAGES.filter((stage) => stages.includes(stage));
  if (!inPipeline.every(isDone)) return { kept: await fixedOverlays(steps), own: machine.claims };
  const products = steps.filter((step) => inPipeline.includes(step.stage)).flatMap(finishedProducts);
  if (machine.status === "succeeded" && machine.report !== undefined) {
    const after = steps.filter((step) => step.stage === "prove" || step.stage === "define");
    const isSame = after.every((step) => step.key === machineKey(job)) &&
      stages.filter((stage) => stage === "prove" || stage === "define").every(isDone);
    // A machine that was started since has written to its disks: they only have to be there.
    if (isSame && !job.force && await allThere(after.flatMap((step) => step.products).concat(products))) {
      return { kept: steps, own: machine.claims, finished: machine };
    }
  }
  if (job.force && machine.status === "succeeded") return { kept: [], own: machine.claims };
  // Disks that somebody else has written to since are no longer ours to replace.
  if (!await allUnchanged(products)) return NOTHING;
  const kept = steps.filter((step) => inPipeline.includes(step.stage)).map(withoutOverlays);
  const proof = steps.find((step) => step.stage === "prove");
  const isProved = proof?.status === "done" && proof.key === machineKey(job) &&
    proof.found.proof?.verdict === "booted";
  if (proof !== undefined && isProved && stages.includes("prove")) kept.push(proof);
  return { kept, own: machine.claims };
}

/** What a step has left for good: not the overlays, which go when the disks are finished. */
function finishedProducts({ products, found }: StepRecord): FileIdentity[] {
  const scratch = scratchFiles(found);
  return products.filter((file) => !scratch.includes(file.path));
}

/** The overlays are gone when the disks are finished. */
function withoutOverlays(step: StepRecord): StepRecord {
  const { overlays: _overlays, probe: _probe, ...found } = step.found;
  return { ...step, found };
}

/** The steps up to the fixes, where the overlays of an earlier run are as it left them. */
async function fixedOverlays(steps: readonly StepRecord[]): Promise<StepRecord[]> {
  const kept = steps.filter((step) => FIX_STAGES.includes(step.stage) && step.status === "done");
  const fixed = kept.find((step) => step.stage === "fix");
  const isComplete = kept.length === FIX_STAGES.length && fixed?.found.overlays !== undefined &&
    fixed.found.outputs === undefined;
  return isComplete && await allUnchanged(fixed.products) ? kept : [];
}

async function allUnchanged(files: readonly FileIdentity[]): Promise<boolean> {
  for (const file of files) if (!await isUnchanged(file)) return false;
  return true;
}

async function allThere(files: readonly FileIdentity[]): Promise<boolean> {
  for (const { path } of files) {
    try {
      await Deno.stat(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }
  return true;
}
