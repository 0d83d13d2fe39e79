/**
 * Reports and events as runs of one Debian guest make them, for the tests of what shows them.
 *
 * @module
 */
import type { RunEvent } from "../../src/model/event.ts";

export { sampleReport, sampleVm } from "../../src/conformance/sample_report.ts";

const MIB = 1024 ** 2;

/** The events of a short run, in order. */
export function sampleEvents(): RunEvent[] {
  const vm = "web-01";
  const totalBytes = 380 * MIB;
  return [
    { type: "stage-start", vm: "", stage: "discover", title: "Read the source" },
    {
      type: "stage-end",
      vm,
      stage: "discover",
      status: "done",
      elapsedMs: 300,
      summary: "vmdk (streamOptimized), 4 GiB, 134 MiB on storage",
    },
    { type: "stage-start", vm, stage: "open", title: "Open the disks" },
    { type: "activity", vm, stage: "open", message: "starting the libguestfs appliance" },
    { type: "stage-end", vm, stage: "open", status: "done", elapsedMs: 9_400, summary: "one appliance" },
    { type: "stage-start", vm, stage: "copy", title: "Copy the disks" },
    ...[0.1, 0.35, 0.62, 0.9, 1].map((share): RunEvent => ({
      type: "progress",
      vm,
      stage: "copy",
      disk: 0,
      doneBytes: Math.round(totalBytes * share),
      totalBytes,
    })),
    { type: "stage-end", vm, stage: "copy", status: "done", elapsedMs: 2_600, summary: "380 MiB written" },
    { type: "stage-start", vm, stage: "prove", title: "Prove that it boots" },
    { type: "milestone", vm, name: "kernel", atMs: 4_000 },
    { type: "milestone", vm, name: "login", atMs: 41_200 },
    {
      type: "stage-end",
      vm,
      stage: "prove",
      status: "failed",
      elapsedMs: 41_900,
      summary: "no login prompt",
    },
  ];
}
