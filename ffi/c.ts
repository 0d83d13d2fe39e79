/**
 * C memory from TypeScript: strings, arenas, out-parameters, reading what a pointer points at, callbacks.
 *
 * The only file of the project that touches Deno's pointer classes. 64-bit little-endian machines only.
 *
 * @module
 */

/** A pointer that came from C; null is NULL. */
export type Pointer = Deno.PointerValue;
/** A pointer that is not NULL. */
export type NonNullPointer = Deno.PointerObject;

const encoder = new TextEncoder();

/**
 * The UTF-8 bytes of a string with a NUL at the end.
 *
 * @throws {TypeError} when the string holds a NUL, which C would take for its end
 */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) throw new TypeError("Cannot pass a string with a NUL character to C.");
  return encoder.encode(text + "\0");
}

/** The address of a buffer's first byte. It is valid only as long as something keeps the buffer alive. */
export function addressOf(buffer: ArrayBufferView<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(buffer as Uint8Array<ArrayBuffer>));
}

/** A pointer as a number, so that it can be sent to another thread; 0 is NULL. */
export function pointerAddress(pointer: Pointer): bigint {
  return Deno.UnsafePointer.value(pointer);
}

/** The pointer with this address; 0 is NULL. */
export function pointerAt(address: bigint): Pointer {
  return Deno.UnsafePointer.create(address);
}

/** The string that a `char *` points at, null for NULL. Bytes that are not UTF-8 become U+FFFD. */
export function readCString(pointer: Pointer): string | null {
  return pointer === null ? null : Deno.UnsafePointerView.getCString(pointer);
}

/** A copy of the bytes at a pointer. */
export function readBytes(pointer: NonNullPointer, lengthBytes: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(lengthBytes);
  if (lengthBytes > 0) new Deno.UnsafePointerView(pointer).copyInto(copy);
  return copy;
}

/** The `int` at an offset of a struct. */
export function readInt32(pointer: NonNullPointer, offsetBytes = 0): number {
  return new Deno.UnsafePointerView(pointer).getInt32(offsetBytes);
}

/** The `unsigned long long` at an offset of a struct. */
export function readUint64(pointer: NonNullPointer, offsetBytes = 0): bigint {
  return new Deno.UnsafePointerView(pointer).getBigUint64(offsetBytes);
}

/** The `int64_t` at an offset of a struct. */
export function readInt64(pointer: NonNullPointer, offsetBytes = 0): bigint {
  return new Deno.UnsafePointerView(pointer).getBigInt64(offsetBytes);
}

/** The pointer at an offset of a struct. */
export function readPointer(pointer: NonNullPointer, offsetBytes = 0): Pointer {
  return new Deno.UnsafePointerView(pointer).getPointer(offsetBytes);
}

/** The string behind a `char *` member of a struct, null for NULL. */
export function readCStringAt(pointer: NonNullPointer, offsetBytes: number): string | null {
  return readCString(readPointer(pointer, offsetBytes));
}

/** Writes the pointer at an offset of a struct of C's. */
export function writePointer(struct: NonNullPointer, offsetBytes: number, value: Pointer): void {
  const bytes = new Deno.UnsafePointerView(struct).getArrayBuffer(8, offsetBytes);
  new DataView(bytes).setBigUint64(0, pointerAddress(value), true);
}

/** Writes the `unsigned int` at an offset of a struct of C's. */
export function writeUint32(struct: NonNullPointer, offsetBytes: number, value: number): void {
  const bytes = new Deno.UnsafePointerView(struct).getArrayBuffer(4, offsetBytes);
  new DataView(bytes).setUint32(0, value, true);
}

/** A pointer so many bytes further on. */
export function offsetBy(pointer: NonNullPointer, bytes: number): NonNullPointer {
  return Deno.UnsafePointer.offset(pointer, bytes) as NonNullPointer;
}

/** The elements of a `T **`: up to the closing NULL, or `count` of them. */
export function readPointers(array: NonNullPointer, count = Infinity): NonNullPointer[] {
  const view = new Deno.UnsafePointerView(array);
  const elements: NonNullPointer[] = [];
  while (elements.length < count) {
    const element = view.getPointer(elements.length * 8);
    if (element === null) break;
    elements.push(element);
  }
  return elements;
}

/** Reads a `char *` that the caller owns, and frees it. */
export function takeCString(pointer: NonNullPointer, free: (pointer: Pointer) => void): string {
  try {
    return Deno.UnsafePointerView.getCString(pointer);
  } finally {
    free(pointer);
  }
}

/** Reads a NULL-terminated `char **` that the caller owns, and frees every string and the array. */
export function takeCStrings(array: NonNullPointer, free: (pointer: Pointer) => void): string[] {
  try {
    return readPointers(array).map((element) => takeCString(element, free));
  } finally {
    free(array);
  }
}

/** Memory for a result that C writes through a pointer argument. */
export interface Out<T> {
  /** Pass this as the `"buffer"` argument. */
  readonly buffer: Uint8Array<ArrayBuffer>;
  /** What C wrote; zero or NULL before the call. */
  readonly value: T;
}

/**
 * Keeps everything that C points at alive during a call.
 *
 * ```ts ignore
 * using arena = new Arena();
 * library.symbols.open(arena.string(path));
 * ```
 *
 * Hold it with `using`: without a use after the call, the collector may free a buffer that C still reads.
 */
export class Arena implements Disposable {
  #kept: ArrayBufferView<ArrayBuffer>[] = [];

  /** A `const char *`. */
  string(text: string): Uint8Array<ArrayBuffer> {
    return this.keep(cString(text));
  }

  /** A `char *const *`, closed by NULL. */
  strings(list: readonly string[]): Uint8Array<ArrayBuffer> {
    const addresses = new BigUint64Array(list.length + 1);
    list.forEach((text, index) => addresses[index] = addressOf(this.string(text)));
    this.keep(addresses);
    return new Uint8Array(addresses.buffer);
  }

  /** A `const void *`, or a struct. */
  bytes(content: Uint8Array): Uint8Array<ArrayBuffer> {
    return this.keep(
      content.buffer instanceof ArrayBuffer
        ? new Uint8Array(content.buffer, content.byteOffset, content.byteLength)
        : new Uint8Array(content),
    );
  }

  /** An `int *` for a result. */
  outInt32(): Out<number> {
    return this.#out(4, (view) => view.getInt32(0, true));
  }

  /** A `size_t *` or `unsigned long long *` for a result. */
  outUint64(): Out<bigint> {
    return this.#out(8, (view) => view.getBigUint64(0, true));
  }

  /** A `T **` for a result. */
  outPointer(): Out<Pointer> {
    return this.#out(8, (view) => pointerAt(view.getBigUint64(0, true)));
  }

  /** Keeps a buffer alive as long as the arena, and returns it. */
  keep<B extends ArrayBufferView<ArrayBuffer>>(buffer: B): B {
    this.#kept.push(buffer);
    return buffer;
  }

  #out<T>(sizeBytes: number, read: (view: DataView) => T): Out<T> {
    const buffer = this.keep(new Uint8Array(sizeBytes));
    const view = new DataView(buffer.buffer);
    return {
      buffer,
      get value(): T {
        return read(view);
      },
    };
  }

  /** Lets go of the memory. */
  [Symbol.dispose](): void {
    this.#kept = [];
  }
}

/** A function of ours that C can call. */
export interface CCallback extends Disposable {
  /** Pass this as the `"function"` argument. */
  readonly pointer: Deno.PointerObject;
  /** The first error that the function threw. */
  readonly error: unknown;
}

/**
 * Makes a C function out of one of ours.
 *
 * An exception cannot unwind through C: it is kept in `error`, and C gets `onThrow`. Dispose of it only when
 * C calls it no more. `anyThread` is for libraries that call from threads of their own.
 */
export function callback<const D extends Deno.UnsafeCallbackDefinition>(
  definition: D,
  run: Deno.UnsafeCallbackFunction<D["parameters"], D["result"]>,
  options: { readonly onThrow?: number | bigint; readonly anyThread?: boolean } = {},
): CCallback {
  let first: unknown;
  const guarded = (...args: unknown[]): unknown => {
    try {
      return (run as (...args: unknown[]) => unknown)(...args);
    } catch (error) {
      first ??= error;
      return options.onThrow;
    }
  };
  const typed = guarded as Deno.UnsafeCallbackFunction<D["parameters"], D["result"]>;
  const made = options.anyThread
    ? Deno.UnsafeCallback.threadSafe(definition, typed)
    : new Deno.UnsafeCallback(definition, typed);
  return {
    pointer: made.pointer,
    get error(): unknown {
      return first;
    },
    [Symbol.dispose]: (): void => made.close(),
  };
}
