/**
 * MAC addresses as the formats write them.
 *
 * @module
 */

/** An address in lower case with colons; undefined for anything else, and for a group or null address. */
export function macAddress(text: string | undefined): string | undefined {
  const digits = (text ?? "").toLowerCase().replaceAll(/[:-]/g, "");
  if (!/^[0-9a-f]{12}$/.test(digits) || /^0{12}$/.test(digits)) return undefined;
  if ((parseInt(digits.slice(0, 2), 16) & 1) === 1) return undefined;
  return digits.replaceAll(/..(?=.)/g, "$&:");
}
