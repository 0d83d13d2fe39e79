/**
 * The bench as text.
 *
 * @module
 */
import type { BenchRun, Ratio } from "./cost.ts";

/** Rows of cells as lines: the first column to the left, the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))
      .join("  ").trimEnd()
  );
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

/** One line a command. */
export function costTable(runs: readonly BenchRun[]): string[] {
  const head = [
    "",
    "wall",
    "fixes",
    "CPU",
    "sync",
    "own peak",
    "tree peak",
    "written",
    "output",
    "written/output",
  ];
  return alignColumns([
    head,
    ...runs.map((run) => [
      run.name + (run.status === 0 ? "" : ` (failed: ${run.status})`),
      seconds(run.wallMs),
      run.fixMs === undefined ? "-" : seconds(run.fixMs),
      seconds(run.cpuMs),
      seconds(run.syncMs),
      megabytes(run.peakOwnBytes),
      megabytes(run.peakTreeBytes),
      megabytes(run.writtenBytes),
      megabytes(run.outputBytes),
      run.outputBytes === 0 ? "-" : (run.writtenBytes / run.outputBytes).toFixed(2),
    ]),
  ]);
}

/** One line a promise. */
export function ratioTable(ratios: readonly Ratio[]): string[] {
  if (ratios.length === 0) return [];
  return alignColumns([
    ["ours against the promises", "measured", "at most", ""],
    ...ratios.map(({ what, value, limit }) => [
      what,
      value.toFixed(2),
      limit.toFixed(2),
      value <= limit ? "kept" : "MISSED",
    ]),
  ]);
}
