/**
 * Gathers what comes from the network into larger writes.
 *
 * @module
 */

/** Where bytes go. */
export interface Sink {
  /** Keeps bytes at an offset of the file. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
}

/** Bytes that are written together: packets are far too small for a write each. */
const BUFFER_BYTES = 1024 ** 2;

/** Bytes on their way to a sink, each where the last one ended; more come while a write is under way. */
export class WriteBuffer {
  /** Where the next byte that was not given to the sink yet belongs. */
  at: number;
  readonly #sink: Sink;
  #bytes = new Uint8Array(BUFFER_BYTES);
  #filled = 0;
  #spare = new Uint8Array(BUFFER_BYTES);
  #writing: Promise<void> = Promise.resolve();

  /** Prepares; the first byte belongs at the offset `at`. */
  constructor(sink: Sink, at: number) {
    this.#sink = sink;
    this.at = at;
  }

  /** Takes bytes; they are copied. */
  async add(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      const part = rest.subarray(0, BUFFER_BYTES - this.#filled);
      this.#bytes.set(part, this.#filled);
      this.#filled += part.length;
      rest = rest.subarray(part.length);
      if (this.#filled === BUFFER_BYTES) await this.#write();
    }
  }

  /** Writes what is there, and waits for it. */
  async flush(): Promise<void> {
    await this.#write();
    await this.#writing;
  }

  async #write(): Promise<void> {
    await this.#writing;
    if (this.#filled === 0) return;
    const [bytes, offset] = [this.#bytes.subarray(0, this.#filled), this.at];
    [this.#bytes, this.#spare] = [this.#spare, this.#bytes];
    this.at += this.#filled;
    this.#filled = 0;
    this.#writing = this.#sink.write(offset, bytes);
    this.#writing.catch(() => {}); // the next write hears of it
  }
}
