/**
 * Which bytes of a file are there, as ranges; what is missing, cut into pieces for several streams.
 *
 * @module
 */

/** Bytes from `start` up to, not including, `end`. */
export type Range = readonly [start: number, end: number];

/** The ranges with one more, sorted, touching ones joined. */
export function addRange(ranges: readonly Range[], added: Range): Range[] {
  if (added[1] <= added[0]) return [...ranges];
  const joined: [number, number][] = [];
  for (const [start, end] of [...ranges, added].sort((one, other) => one[0] - other[0])) {
    const last = joined.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
  }
  return joined;
}

/** What the ranges leave of a file. */
export function missingRanges(ranges: readonly Range[], sizeBytes: number): Range[] {
  const missing: Range[] = [];
  let at = 0;
  for (const [start, end] of ranges) {
    if (start > at) missing.push([at, start]);
    at = Math.max(at, end);
  }
  if (at < sizeBytes) missing.push([at, sizeBytes]);
  return missing;
}

/** The same ranges in pieces of at most `pieceBytes`. */
export function cutRanges(ranges: readonly Range[], pieceBytes: number): Range[] {
  return ranges.flatMap(([start, end]) => {
    const pieces: Range[] = [];
    for (let at = start; at < end; at += pieceBytes) pieces.push([at, Math.min(at + pieceBytes, end)]);
    return pieces;
  });
}

/** How many bytes the ranges hold. */
export function lengthOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [start, end]) => sum + end - start, 0);
}
