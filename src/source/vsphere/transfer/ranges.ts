/**
 * Which bytes of a file are there, as ranges; what is missing, cut into pieces for several streams.
 *
 * @module
 */

/** Bytes from `start` up to, not including, `end`. */
export type Range = readonly [start: number, end: number];

/** The ranges with one more, sorted, touching ones joined. */
export function addRange(ranges: readonly Range[], added: Range): Range[] {
  return joinRanges([...ranges, added]);
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

/** How many bytes the ranges hold. */
export function lengthOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [start, end]) => sum + end - start, 0);
}

/** What of the ranges lies outside one. */
export function withoutRange(ranges: readonly Range[], [start, end]: Range): Range[] {
  return ranges.flatMap(([from, to]): Range[] => {
    if (to <= start || from >= end) return [[from, to]];
    return ([[from, start], [end, to]] as const).filter(([one, other]) => one < other);
  });
}

/** What of the ranges lies inside one. */
export function insideRange(ranges: readonly Range[], [start, end]: Range): Range[] {
  return ranges.map(([from, to]): Range => [Math.max(from, start), Math.min(to, end)]).filter(([from, to]) =>
    from < to
  );
}

/** All ranges of several lists, sorted, touching ones joined. */
export function joinRanges(ranges: readonly Range[]): Range[] {
  const joined: [number, number][] = [];
  for (const [start, end] of [...ranges].sort((one, other) => one[0] - other[0])) {
    const last = joined.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else if (end > start) joined.push([start, end]);
  }
  return joined;
}
