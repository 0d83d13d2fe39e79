/**
 * Sizes with units as OVF has them.
 *
 * Format: DMTF DSP0004, annex C, "Programmatic Units"; the words are those of OVF 0.9 and 1.0.
 *
 * @module
 */

const WORDS: Readonly<Record<string, number>> = {
  byte: 1,
  bytes: 1,
  kb: 1024,
  kilobytes: 1024,
  mb: 1024 ** 2,
  megabytes: 1024 ** 2,
  gb: 1024 ** 3,
  gigabytes: 1024 ** 3,
  tb: 1024 ** 4,
  terabytes: 1024 ** 4,
};

/** A size in bytes; undefined for one that is missing, no number, or in unknown units. */
export function sizeInUnits(text: string | undefined, units = "byte"): number | undefined {
  if (text === undefined || !/^\d+$/.test(text.trim())) return undefined;
  const factor = unitFactor(units);
  const size = factor === undefined ? NaN : Number(text) * factor;
  return Number.isSafeInteger(size) ? size : undefined;
}

/** How many bytes one unit is: `byte * 2^20`, `MegaBytes`. */
function unitFactor(units: string): number | undefined {
  const word = units.trim().toLowerCase();
  const power = /^byte\s*\*\s*(\d+)\s*\^\s*(\d+)$/.exec(word);
  if (power !== null) return Number(power[1]) ** Number(power[2]);
  const product = /^byte\s*\*\s*(\d+)$/.exec(word);
  return product === null ? WORDS[word] : Number(product[1]);
}
