/**
 * Cuts a stream of bytes into blocks of one length.
 *
 * @module
 */
import { BLOCK_BYTES } from "./sink.ts";

/** Gives a function one block after the other; a block is overwritten when the function returns. */
export class Blocks {
  readonly #take: (block: Uint8Array) => void;
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #filled = 0;

  /** Nothing has come yet. */
  constructor(take: (block: Uint8Array) => void) {
    this.#take = take;
  }

  /** Takes in what has come. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + BLOCK_BYTES - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === BLOCK_BYTES) this.end();
    }
  }

  /** Gives what is left as a last, shorter block. */
  end(): void {
    if (this.#filled > 0) this.#take(this.#block.subarray(0, this.#filled));
    this.#filled = 0;
  }
}
