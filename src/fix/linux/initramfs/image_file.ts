/**
 * An initramfs image on the host, read by offset so that its size does not matter for memory.
 *
 * @module
 */

/** How much is read at once, in bytes. */
const CHUNK_BYTES = 256 * 1024;

/** A file that is read by offset; disposing of it closes it. */
export class ImageFile implements Disposable {
  /** Its length in bytes. */
  readonly sizeBytes: number;
  readonly #file: Deno.FsFile;

  private constructor(file: Deno.FsFile, sizeBytes: number) {
    this.#file = file;
    this.sizeBytes = sizeBytes;
  }

  /** Opens a file of the host for reading. */
  static async open(path: string): Promise<ImageFile> {
    const file = await Deno.open(path);
    return new ImageFile(file, (await file.stat()).size);
  }

  /** Up to `length` bytes from `offset`; fewer at the end of the file. */
  async readAt(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const buffer = new Uint8Array(Math.max(0, Math.min(length, this.sizeBytes - offset)));
    await this.#file.seek(offset, Deno.SeekMode.Start);
    let filled = 0;
    while (filled < buffer.length) {
      const count = await this.#file.read(buffer.subarray(filled));
      if (count === null) break;
      filled += count;
    }
    return buffer.subarray(0, filled);
  }

  /** The bytes from `start` up to `end` in pieces, each in a buffer of its own. */
  async *chunks(start: number, end: number = this.sizeBytes): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (let offset = start; offset < end;) {
      const chunk = await this.readAt(offset, Math.min(CHUNK_BYTES, end - offset));
      if (chunk.length === 0) return;
      yield chunk;
      offset += chunk.length;
    }
  }

  /** The offsets at or after `from` where `pattern` stands, in order. */
  async *find(pattern: Uint8Array, from: number): AsyncGenerator<number> {
    const overlap = pattern.length - 1;
    for (let offset = from; offset < this.sizeBytes; offset += CHUNK_BYTES) {
      const bytes = await this.readAt(offset, CHUNK_BYTES + overlap);
      for (let at = indexOf(bytes, pattern, 0); at >= 0; at = indexOf(bytes, pattern, at + 1)) {
        yield offset + at;
      }
    }
  }

  /** The offset of the first byte at or after `from` that is not zero; the length when there is none. */
  async skipZeros(from: number): Promise<number> {
    let offset = from;
    for await (const chunk of this.chunks(from)) {
      const at = chunk.findIndex((byte) => byte !== 0);
      if (at >= 0) return offset + at;
      offset += chunk.length;
    }
    return offset;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

function indexOf(bytes: Uint8Array, pattern: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(pattern[0]!, from); at >= 0; at = bytes.indexOf(pattern[0]!, at + 1)) {
    if (at + pattern.length > bytes.length) return -1;
    if (pattern.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}
