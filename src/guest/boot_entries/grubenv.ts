/**
 * The environment block of GRUB 2: `name=value` lines in a file of exactly 1024 bytes, filled up with `#`
 * (GRUB manual, section "The GRUB environment block").
 *
 * @module
 */

/** Length of an environment block in bytes; GRUB writes it in place and cannot change it. */
export const GRUBENV_BYTES = 1024;

/** The first line of every environment block. */
const HEADER = "# GRUB Environment Block\n";

/** The variables of an environment block. */
export function parseGrubenv(text: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const line of text.split("\n")) {
    const equals = line.indexOf("=");
    if (line.startsWith("#") || equals < 1) continue;
    variables.set(line.slice(0, equals), line.slice(equals + 1).replaceAll(/\\(.)/g, "$1"));
  }
  return variables;
}

/**
 * Gives a variable of an environment block another value, keeping the length of the file.
 *
 * @returns null when the new text does not fit, or the block has no such variable
 */
export function setInGrubenv(text: string, name: string, value: string): string | null {
  const lines = text.split("\n");
  const index = lines.findIndex((line) => line.startsWith(`${name}=`));
  if (!text.startsWith(HEADER) || index === -1) return null;
  lines[index] = `${name}=${value.replaceAll("\\", "\\\\")}`;
  const content = lines.join("\n").replace(/\n#*\n*$/, "\n");
  const lengthBytes = new TextEncoder().encode(content).length;
  return lengthBytes > GRUBENV_BYTES ? null : content + "#".repeat(GRUBENV_BYTES - lengthBytes);
}
