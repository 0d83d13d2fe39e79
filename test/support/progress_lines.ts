/**
 * What `--progress json` has written.
 *
 * @module
 */
import type { ProgressLine } from "../../src/ui/json.ts";

/** The lines, in order. */
export function progressLines(stderr: string): ProgressLine[] {
  return stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** The pairs of neighbouring lines that are more than `limitMs` apart by their times, as text for a failure. */
export function silences(lines: readonly ProgressLine[], limitMs: number): string[] {
  return lines.slice(1).flatMap((line, index) => {
    const before = lines[index]!;
    const gapMs = Date.parse(line.time) - Date.parse(before.time);
    return gapMs > limitMs ? [`${gapMs} ms from ${JSON.stringify(before)} to ${JSON.stringify(line)}`] : [];
  });
}
