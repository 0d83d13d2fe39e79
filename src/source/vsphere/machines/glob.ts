/**
 * Globs over names and paths of a server.
 *
 * @module
 */

/** `*` is any text without a slash, `**` any text, `?` one character; letters of either case match. */
export function globPattern(glob: string): RegExp {
  const escaped = glob.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
  const pattern = escaped.replaceAll(
    /\*\*|\*|\?/g,
    (found) => ({ "**": ".*", "*": "[^/]*", "?": "[^/]" })[found]!,
  );
  return new RegExp(`^${pattern}$`, "i");
}
