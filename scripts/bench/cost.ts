/**
 * What a command cost, and what is made of several runs of it.
 *
 * @module
 */

/** What one run of a command cost. */
export interface Cost {
  /** Exit status. */
  readonly status: number;
  /** Time on the clock. */
  readonly wallMs: number;
  /** User and system time of all its processes. */
  readonly cpuMs: number;
  /** Most memory that its own process held at a time (VmHWM). */
  readonly peakOwnBytes: number;
  /** Most memory that all its processes held at a time, sampled; shared pages count in each. */
  readonly peakTreeBytes: number;
  /** Bytes that its processes sent to storage, page cache included (write_bytes of proc(5)). */
  readonly writtenBytes: number;
  /** Bytes, of any writer, that its processes kept from storage by deleting or cutting files in time. */
  readonly cancelledBytes: number;
  /** Daemons that were still running at the end and are in no number. */
  readonly uncountedProcesses: number;
}

/** One run in the bench. */
export interface BenchRun extends Cost {
  /** Which command. */
  readonly name: string;
  /** Milliseconds that syncing the output took after the run. */
  readonly syncMs: number;
  /** What the output takes on storage, in bytes. */
  readonly outputBytes: number;
  /** Milliseconds of the copy stage, where the command reports it. */
  readonly copyMs?: number;
  /** Milliseconds from the start of the appliance to its shutdown, all fixes included, where the command reports it. */
  readonly fixMs?: number;
}

/** The run with the middle wall time (the lower of the two in the middle). */
export function median(runs: readonly BenchRun[]): BenchRun | undefined {
  const sorted = runs.toSorted((a, b) => a.wallMs - b.wallMs);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** One promise of the project, measured. */
export interface Ratio {
  /** What is compared. */
  readonly what: string;
  /** The value. */
  readonly value: number;
  /** The most it may be. */
  readonly limit: number;
}

/** The promises that these runs can answer. */
export function ratios(runs: ReadonlyMap<string, BenchRun>): Ratio[] {
  return [...oursRatios(runs), ...sourceRatios(runs)];
}

/** How inputs are read: quickly, in little memory, and without a copy. */
function sourceRatios(runs: ReadonlyMap<string, BenchRun>): Ratio[] {
  const ova = runs.get("ours-ova");
  const plan = runs.get("plan-1000");
  const inspected = ["inspect-ova", "inspect-vmdk"].flatMap((name) => runs.get(name) ?? []);
  return [
    ...(ova === undefined ? [] : [{
      what: "OVA: bytes written / output size",
      value: ova.writtenBytes / ova.outputBytes,
      limit: 1.05,
    }]),
    ...(plan === undefined ? [] : [
      { what: "plan of 1,000 machines: seconds", value: plan.wallMs / 1000, limit: 10 },
      { what: "plan of 1,000 machines: own process, of 300 MB", value: plan.peakOwnBytes / 300e6, limit: 1 },
    ]),
    ...inspected.flatMap((run) => [
      { what: `${run.name}: seconds`, value: run.wallMs / 1000, limit: 1 },
      { what: `${run.name}: own process, of 100 MB`, value: run.peakOwnBytes / 100e6, limit: 1 },
    ]),
  ];
}

function oursRatios(runs: ReadonlyMap<string, BenchRun>): Ratio[] {
  const ours = runs.get("ours");
  if (ours === undefined) return [];
  const v2v = runs.get("virt-v2v");
  const launch = runs.get("launch");
  const plain = runs.get("qemu-img");
  const row = (what: string, value: number | undefined, limit: number): Ratio[] =>
    value === undefined ? [] : [{ what, value, limit }];
  return [
    ...row("wall time / virt-v2v's", v2v && ours.wallMs / v2v.wallMs, 0.25),
    ...row(
      "fixes (appliance start to shutdown) / virt-v2v's",
      ours.fixMs !== undefined && v2v?.fixMs !== undefined ? ours.fixMs / v2v.fixMs : undefined,
      0.25,
    ),
    ...row("wall time / a bare appliance launch", launch && ours.wallMs / launch.wallMs, 2),
    ...row(
      "copy alone / qemu-img convert and sync", // our copy ends with the bytes on storage
      plain && ours.copyMs !== undefined ? ours.copyMs / (plain.wallMs + plain.syncMs) : undefined,
      1.1,
    ),
    ...row("bytes written / output size", ours.writtenBytes / ours.outputBytes, 1.05),
    ...row("own process, of 200 MB", ours.peakOwnBytes / 200e6, 1),
  ];
}
