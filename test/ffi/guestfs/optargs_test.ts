import { assertEquals, assertThrows } from "@std/assert";
import { Arena, pointerAt, readCString } from "../../../ffi/c.ts";
import { ACTIONS } from "../../../ffi/guestfs/actions.ts";
import { packOptions } from "../../../ffi/guestfs/optargs.ts";

function view(packed: Uint8Array<ArrayBuffer>): DataView {
  return new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
}

Deno.test("packOptions() leaves everything zero when nothing is given", () => {
  using arena = new Arena();
  const packed = packOptions(ACTIONS.add_drive_opts.opts, {}, arena);
  assertEquals(packed.every((byte) => byte === 0), true);
});

Deno.test("packOptions() sets the bit of each option given, zero values included", () => {
  using arena = new Arena();
  const packed = packOptions({ a: "bool", b: "int", c: "int64" }, { a: false, c: 0 }, arena);
  assertEquals(view(packed).getBigUint64(0, true), 0b101n);
});

Deno.test("packOptions() puts members at their natural alignment", () => {
  using arena = new Arena();
  // mask@0, a: int@8, b: pointer@16 (after 4 bytes of padding), c: bool@24, d: int@28, e: int64@32
  const spec = { a: "int", b: "string", c: "bool", d: "int", e: "int64" } as const;
  const memory = view(packOptions(spec, { a: -1, b: "text", c: true, d: 7, e: -(2 ** 40) }, arena));
  assertEquals(memory.getInt32(8, true), -1);
  assertEquals(readCString(pointerAt(memory.getBigUint64(16, true))), "text");
  assertEquals(memory.getInt32(24, true), 1);
  assertEquals(memory.getInt32(28, true), 7);
  assertEquals(memory.getBigInt64(32, true), -(2n ** 40n));
});

Deno.test("packOptions() follows the order of the table, not of the values", () => {
  using arena = new Arena();
  const memory = view(packOptions({ a: "int", b: "int" }, { b: 2, a: 1 }, arena));
  assertEquals([memory.getInt32(8, true), memory.getInt32(12, true)], [1, 2]);
});

Deno.test("packOptions() refuses an option that the action does not have", () => {
  using arena = new Arena();
  assertThrows(() => packOptions({ a: "int" }, { readonyl: true }, arena), TypeError, "readonyl");
});
