/**
 * How long a run would take: the stages that a plan goes through are measured by it, the rest is reckoned from the
 * speed of the source and from what such stages usually take.
 *
 * @module
 */
import type { Job } from "../config/schema.ts";
import type { PlannedTime } from "../model/plan.ts";
import type { StageReport } from "../model/report.ts";
import type { Stage } from "../model/stage.ts";
import type { Accelerator } from "../run/context.ts";

/** What the estimate is made from. */
export interface EstimateRequest {
  /** How the disks are made, and whether they are booted. */
  readonly job: Pick<Job, "compress" | "compress_level" | "boot_proof">;
  /** Bytes that are copied. */
  readonly bytes: number;
  /** What runs the appliance and the boot proof. */
  readonly accelerator: Accelerator;
  /** The stages that the plan went through. */
  readonly stages: readonly StageReport[];
  /** How fast the source can be read. */
  readonly readBytesPerSecond?: number | undefined;
  /** What all copies may write together, in bytes per second. */
  readonly bandwidth?: number | undefined;
  /** Processors for compression. */
  readonly cpus: number;
}

const MIB = 1024 ** 2;
/** What stages usually take, in milliseconds. */
const USUAL_MS: Readonly<Record<Accelerator, Readonly<Partial<Record<Stage, number>>>>> = {
  kvm: { open: 3_000, inspect: 500, fix: 1_000, prove: 15_000 },
  tcg: { open: 7_000, inspect: 1_000, fix: 2_000, prove: 30_000 },
};
/** A boot under emulation takes so many times what the appliance took to open. */
const BOOTS_PER_OPEN = 3;
/** Where the speed of the source is not known: that of a plain hard disk. */
const USUAL_BYTES_PER_SECOND = 120 * MIB;
/** What one processor compresses in a second. */
const COMPRESSED_BYTES: Readonly<Record<"zlib" | "zstd", number>> = { zlib: 25 * MIB, zstd: 150 * MIB };
/** qemu-img compresses in at most four threads. */
const COMPRESSING_CPUS = 4;

/** The stages of a run with the time of each. */
export function estimate(request: EstimateRequest): PlannedTime[] {
  const { job, accelerator, stages } = request;
  const measured = (stage: Stage): number | undefined => stages.find((one) => one.stage === stage)?.elapsedMs;
  const usual = USUAL_MS[accelerator];
  const before = (["discover", "preflight", "open", "inspect", "fix"] as const).map((stage): PlannedTime => {
    const ms = measured(stage);
    return ms === undefined
      ? { stage, ms: usual[stage] ?? 0, basis: "usual" }
      : { stage, ms, basis: "measured" };
  });
  const opened = accelerator === "tcg" ? measured("open") : undefined;
  const boot: PlannedTime = opened === undefined
    ? { stage: "prove", ms: usual.prove!, basis: "usual" }
    : { stage: "prove", ms: Math.max(usual.prove! / 2, BOOTS_PER_OPEN * opened), basis: "measured" };
  return [...before, copyTime(request), ...(job.boot_proof ? [boot] : [])];
}

/** Read once, written once; the slowest of reading, compressing and the bandwidth counts. */
function copyTime({ job, bytes, readBytesPerSecond, bandwidth, cpus }: EstimateRequest): PlannedTime {
  const reading = readBytesPerSecond ?? USUAL_BYTES_PER_SECOND;
  const threads = job.compress_level === undefined ? Math.min(cpus, COMPRESSING_CPUS) : 1;
  const speed = Math.min(
    reading / 2,
    bandwidth ?? Infinity,
    job.compress === undefined ? Infinity : COMPRESSED_BYTES[job.compress] * threads,
  );
  return {
    stage: "copy",
    ms: Math.round((bytes / speed) * 1000),
    basis: readBytesPerSecond === undefined ? "usual" : "measured",
  };
}

/** All stages together, in milliseconds. */
export function totalMs(times: readonly PlannedTime[]): number {
  return times.reduce((sum, one) => sum + one.ms, 0);
}
