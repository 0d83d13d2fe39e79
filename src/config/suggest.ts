/**
 * "Did you mean": the nearest known word to an unknown one.
 *
 * @module
 */

/** How many single-letter edits (insert, delete, replace, swap of neighbours) lead from one word to the other. */
export function editDistance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let best = Math.min(
        rows[row - 1]![column]! + 1,
        line[column - 1]! + 1,
        rows[row - 1]![column - 1]! + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] &&
        from[row - 2] === to[column - 1];
      if (swapped) best = Math.min(best, rows[row - 2]![column - 2]! + 1);
      line.push(best);
    }
    rows.push(line);
  }
  return rows[from.length]![to.length]!;
}

/** The word that was probably meant; undefined when none is near (more than a third of it differs). */
export function suggest(unknown: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const word of known) {
    const prefix = unknown.length >= 3 && word.startsWith(unknown);
    const distance = prefix ? 0.5 : editDistance(unknown, word);
    if (distance >= least || (distance > Math.max(1, Math.ceil(word.length / 3)))) continue;
    least = distance;
    best = word;
  }
  return best;
}
