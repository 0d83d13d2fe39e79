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
/** What is worth a write of its own, in bytes: to copy it first would cost more. */
const LARGE_BYTES = 128 * 1024;

/** Bytes on their way to a sink, each where the last one ended; more come while a write is under way. */
export class WriteBuffer {
  /** Where the next byte that was not given to the sink yet belongs. */
  at: number;
  readonly #sink: Sink;
  /** Two in turn, made when they are needed: many bytes at once need none. */
  #buffers: readonly [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>] | undefined;
  #filled = 0;
  /** Whether what is written is the caller's own memory. */
  #isBorrowing = false;
  #writing: Promise<void> = Promise.resolve();

  /** Prepares; the first byte belongs at the offset `at`. */
  constructor(sink: Sink, at: number) {
    this.#sink = sink;
    this.at = at;
  }

  /** Takes bytes; few are copied, many must stay as they are until the next ones have been taken. */
  async add(bytes: Uint8Array): Promise<void> {
    if (this.#isBorrowing) await this.#writing;
    this.#isBorrowing = bytes.length >= LARGE_BYTES;
    if (this.#isBorrowing) {
      await this.#write();
      return await this.#give(bytes);
    }
    for (let rest = bytes; rest.length > 0;) {
      this.#buffers ??= [new Uint8Array(BUFFER_BYTES), new Uint8Array(BUFFER_BYTES)];
      const part = rest.subarray(0, BUFFER_BYTES - this.#filled);
      this.#buffers[0].set(part, this.#filled);
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
    if (this.#filled === 0 || this.#buffers === undefined) return;
    const [full, free] = this.#buffers;
    const bytes = full.subarray(0, this.#filled);
    this.#filled = 0;
    await this.#give(bytes);
    this.#buffers = [free, full];
  }

  /** Begins a write, when the last one has ended. */
  async #give(bytes: Uint8Array): Promise<void> {
    await this.#writing;
    this.#writing = this.#sink.write(this.at, bytes);
    this.at += bytes.length;
    this.#writing.catch(() => {}); // the next write hears of it
  }
}
