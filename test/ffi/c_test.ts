import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  addressOf,
  Arena,
  callback,
  cString,
  pointerAddress,
  pointerAt,
  readBytes,
  readCString,
  readInt32,
  readPointers,
  readUint64,
} from "../../ffi/c.ts";

const SYMBOLS = {
  strlen: { parameters: ["buffer"], result: "usize" },
  qsort: { parameters: ["buffer", "usize", "usize", "function"], result: "void" },
  frexp: { parameters: ["f64", "buffer"], result: "f64" },
  strtol: { parameters: ["buffer", "buffer", "i32"], result: "i64" },
} as const;

function libc(): Deno.DynamicLibrary<typeof SYMBOLS> & Disposable {
  const library = Deno.dlopen("libc.so.6", SYMBOLS);
  return Object.assign(library, { [Symbol.dispose]: (): void => library.close() });
}

const COMPARE = { parameters: ["pointer", "pointer"], result: "i32" } as const;

Deno.test("cString() ends the UTF-8 bytes with one NUL", () => {
  assertEquals([...cString("é")], [0xc3, 0xa9, 0]);
});

Deno.test("cString() refuses a string with a NUL", () => {
  assertThrows(() => cString("/etc\0/passwd"), TypeError, "NUL");
});

Deno.test("Arena.string() is a string to C", () => {
  using library = libc();
  using arena = new Arena();
  assertEquals(library.symbols.strlen(arena.string("four")), 4n);
});

Deno.test("Arena.strings() makes an array of pointers that ends with NULL", () => {
  using arena = new Arena();
  const array = arena.strings(["a", "", "ccc"]);
  assertEquals(array.length, 4 * 8);
  const pointer = pointerAt(addressOf(array));
  assert(pointer !== null);
  assertEquals(readPointers(pointer).map(readCString), ["a", "", "ccc"]);
});

Deno.test("Arena.outInt32() reads what C wrote through it", () => {
  using library = libc();
  using arena = new Arena();
  const exponent = arena.outInt32();
  library.symbols.frexp(8, exponent.buffer);
  assertEquals(exponent.value, 4);
});

Deno.test("Arena.outPointer() reads the pointer that C wrote through it", () => {
  using library = libc();
  using arena = new Arena();
  const end = arena.outPointer();
  assertEquals(library.symbols.strtol(arena.string("42rest"), end.buffer, 10), 42n);
  assertEquals(readCString(end.value), "rest");
});

Deno.test("readPointers() takes a count instead of a closing NULL", () => {
  using arena = new Arena();
  const pointer = pointerAt(addressOf(arena.strings(["a", "b", "c"])));
  assert(pointer !== null);
  assertEquals(readPointers(pointer, 2).map(readCString), ["a", "b"]);
});

Deno.test("readInt32(), readUint64() and readBytes() read at an offset and copy", () => {
  using arena = new Arena();
  const struct = arena.bytes(new Uint8Array([1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 7, 0, 0, 0, 0, 0, 0, 0x80]));
  const pointer = pointerAt(addressOf(struct));
  assert(pointer !== null);
  assertEquals(readInt32(pointer, 4), -2);
  assertEquals(readUint64(pointer, 8), 0x8000000000000007n);
  const copy = readBytes(pointer, 4);
  struct[0] = 9;
  assertEquals([...copy], [1, 0, 0, 0]);
});

Deno.test("pointerAddress() and pointerAt() know NULL", () => {
  assertEquals(pointerAddress(null), 0n);
  assertEquals(pointerAt(0n), null);
  assertEquals(readCString(null), null);
});

Deno.test("callback() is called by C", () => {
  using library = libc();
  using compare = callback(COMPARE, (a, b) => readInt32(a!) - readInt32(b!));
  const numbers = new Int32Array([3, 1, 2]);
  library.symbols.qsort(new Uint8Array(numbers.buffer), 3n, 4n, compare.pointer);
  assertEquals([...numbers], [1, 2, 3]);
});

Deno.test("callback() keeps the first exception from C and remembers it", () => {
  using library = libc();
  using compare = callback(COMPARE, () => {
    throw new Error("no");
  }, { onThrow: 0 });
  library.symbols.qsort(new Uint8Array(12), 3n, 4n, compare.pointer);
  assertEquals((compare.error as Error).message, "no");
});
