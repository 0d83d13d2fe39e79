/**
 * What all of libvirt's objects share: a pointer that is released once, strings to free, lists to take over.
 *
 * @module
 */
import { Arena, type NonNullPointer, type Pointer, readCString, readPointers, takeCString } from "../c.ts";
import { unwrap } from "./error.ts";
import { libvirt, type LibvirtSymbols } from "./symbols.ts";

/** A counted reference to an object of libvirt. Release it with `using`, on the thread that made it. */
export abstract class VirtHandle implements Disposable {
  /** The library's functions. */
  protected readonly symbols: LibvirtSymbols = libvirt();
  #pointer: Pointer;
  readonly #release: (pointer: Pointer) => unknown;

  /** Takes the reference over. */
  protected constructor(pointer: NonNullPointer, release: (pointer: Pointer) => unknown) {
    this.#pointer = pointer;
    this.#release = release;
  }

  /**
   * The object itself.
   *
   * @throws {TypeError} when it was released: C would read freed memory
   */
  protected get pointer(): NonNullPointer {
    if (this.#pointer === null) {
      throw new TypeError(`Cannot use a ${this.constructor.name}: it was released.`);
    }
    return this.#pointer;
  }

  /** Takes over a `char *` that the caller must free. */
  protected take(action: string, result: Pointer): string {
    return takeCString(unwrap(this.symbols, action, result), (pointer) => this.symbols.free(pointer));
  }

  /** Reads a `const char *` that stays libvirt's. */
  protected read(action: string, result: Pointer): string {
    return readCString(unwrap(this.symbols, action, result)) ?? "";
  }

  /** Calls one of the `…ListAll…` functions and takes its objects over. */
  protected listAll<T>(
    action: string,
    call: (out: Uint8Array<ArrayBuffer>) => number,
    wrap: (pointer: NonNullPointer) => T,
  ): T[] {
    using arena = new Arena();
    const out = arena.outPointer();
    const count = unwrap(this.symbols, action, call(out.buffer));
    const array = out.value;
    if (array === null) return [];
    try {
      return readPointers(array, count).map(wrap);
    } finally {
      this.symbols.free(array);
    }
  }

  /** Gives the reference back; doing so again is harmless. */
  [Symbol.dispose](): void {
    if (this.#pointer === null) return;
    const pointer = this.#pointer;
    this.#pointer = null;
    this.#release(pointer);
  }
}
