/**
 * Breaks a paragraph into lines.
 *
 * @module
 */

/** Lines of at most `columns` characters (100 at most, for reading); a longer word keeps its own line. */
export function wrap(text: string, columns: number): string[] {
  const width = Math.max(16, Math.min(columns, 100));
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}
