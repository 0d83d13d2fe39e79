/**
 * Sizes for people.
 *
 * @module
 */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** A size in binary units with one decimal at most: `380 MiB`, `1.5 GiB`. */
export function size(bytes: number): string {
  let value = bytes, unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const shown = value >= 10 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1);
  return `${shown} ${UNITS[unit]}`;
}
