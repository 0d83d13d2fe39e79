/**
 * os-release(5).
 *
 * @module
 */

/** Reads the assignments of an os-release file; quotes and backslashes as a shell reads them. */
export function parseOsRelease(text: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const match = /^\s*([A-Z0-9_]+)=(.*?)\s*$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    const raw = match[2];
    const quoted = /^(["'])(.*)\1$/.exec(raw);
    values[match[1]] = (quoted?.[2] ?? raw).replaceAll(/\\(["'$`\\])/g, "$1");
  }
  return values;
}
