/**
 * Optional arguments: the memory layout of `struct guestfs_X_argv`.
 *
 * @module
 */
import { addressOf, type Arena } from "../c.ts";
import type { OptionKind } from "./actions.ts";

/** The value of one optional argument. */
export type OptionValue = string | number | bigint | boolean | readonly string[];

const SIZES: Readonly<Record<OptionKind, 4 | 8>> = { int: 4, bool: 4, int64: 8, string: 8, strings: 8 };

/**
 * Lays out `struct guestfs_X_argv`: a 64-bit mask of the arguments given, then every argument in the order of
 * its bit, at its natural alignment (guestfs.h).
 *
 * @throws {TypeError} for a name that the action does not have
 */
export function packOptions(
  spec: Readonly<Record<string, OptionKind>>,
  values: Readonly<Record<string, OptionValue | undefined>>,
  arena: Arena,
): Uint8Array<ArrayBuffer> {
  const kinds = Object.entries(spec);
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(spec, name)) throw new TypeError(`Cannot pass the option ${name}: there is none.`);
  }
  const view = new DataView(new ArrayBuffer(8 + 8 * kinds.length));
  let offset = 8;
  let mask = 0n;
  kinds.forEach(([name, kind], bit) => {
    const size = SIZES[kind];
    offset = Math.ceil(offset / size) * size;
    const value = values[name];
    if (value !== undefined) {
      mask |= 1n << BigInt(bit);
      writeOption(view, offset, kind, value, arena);
    }
    offset += size;
  });
  view.setBigUint64(0, mask, true);
  return arena.keep(new Uint8Array(view.buffer));
}

function writeOption(
  view: DataView,
  offset: number,
  kind: OptionKind,
  value: OptionValue,
  arena: Arena,
): void {
  switch (kind) {
    case "int":
      return view.setInt32(offset, value as number, true);
    case "bool":
      return view.setInt32(offset, value ? 1 : 0, true);
    case "int64":
      return view.setBigInt64(offset, BigInt(value as number | bigint), true);
    case "string":
      return view.setBigUint64(offset, addressOf(arena.string(value as string)), true);
    case "strings":
      return view.setBigUint64(offset, addressOf(arena.strings(value as readonly string[])), true);
  }
}
