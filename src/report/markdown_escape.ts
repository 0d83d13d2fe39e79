/**
 * Foreign text in Markdown: nothing that a guest or a file name holds may change the page around it.
 *
 * @module
 */

/** A text for a table cell or a paragraph; text between backquotes (see {@linkcode code}) stays as it is. */
export function cell(text: string): string {
  return text.split(/(`+[^`]*`+)/).map((part) =>
    part.startsWith("`")
      ? part
      : part.replaceAll(/[\\*_<>[\]]/g, "\\$&").replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ")
  ).join("");
}

/** A text as inline code. */
export function code(text: string): string {
  const flat = text.replaceAll(/[\r\n]+/g, " ").replaceAll("|", "\\|");
  return flat.includes("`") ? cell(flat.replaceAll("`", "'")) : `\`${flat}\``;
}

/** A text as a block, in a fence longer than any inside it. */
export function fence(text: string, language: string): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const marks = "`".repeat(longest + 1);
  return [`${marks}${language}`, text.replace(/\n$/, ""), marks, ""];
}
