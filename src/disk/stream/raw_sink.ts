/**
 * A raw image as a sparse file or on a block device; its SHA-256 is made of the bytes on their way.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { isZero, type Sink, type SinkResult, writeAt } from "./sink.ts";

/** Writes a raw image. */
export class RawSink implements Sink {
  readonly #file: Deno.FsFile;
  readonly #hash = createHash("sha256");
  readonly #isSparse: boolean;
  #offset = 0;

  /** Opens the file; a device is there already, and its old content is overwritten with zeros, too. */
  constructor(path: string, isDevice: boolean) {
    this.#isSparse = !isDevice;
    this.#file = Deno.openSync(path, { write: true, create: !isDevice, truncate: !isDevice });
  }

  /** Takes a block. */
  write(block: Uint8Array): number {
    this.#hash.update(block);
    const isHole = this.#isSparse && isZero(block);
    if (!isHole) writeAt(this.#file, block, this.#offset);
    this.#offset += block.length;
    return isHole ? 0 : block.length;
  }

  /** Sets the length and syncs. */
  finish(): SinkResult {
    if (this.#isSparse) this.#file.truncateSync(this.#offset);
    this.#file.syncSync();
    return { sha256: this.#hash.digest("hex") };
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
