/**
 * Sizes as people write them: `200M`, `1.5GiB`, `65536`. Units count in 1024s, as qemu's do.
 *
 * @module
 */

/** What such a text looks like, for schemas. */
export const SIZE: RegExp = /^\d+(\.\d+)?\s*([KMGT](i?B)?|B)?$/i;

/** The bytes that a text names; NaN when it is none. */
export function sizeOf(text: string): number {
  if (!SIZE.test(text)) return NaN;
  const unit = text.replace(/^[\d.\s]+/, "").charAt(0).toUpperCase();
  return Math.round(Number.parseFloat(text) * 1024 ** Math.max(0, " KMGT".indexOf(unit || " ")));
}
