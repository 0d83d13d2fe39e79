/**
 * The kept copy of a disk: a raw image that is compared, block by block, with what comes, and written only where
 * it differs. Zeros on zeros stay holes.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { MigrateError } from "../../../model/error.ts";

/** What is compared at once, in bytes. */
const BLOCK_BYTES = 64 * 1024;

/** A copy that is open for writing. */
export class BaseFile implements Disposable {
  /** Bytes that differed and were written. */
  writtenBytes = 0;
  readonly #file: Deno.FsFile;
  readonly #block = Buffer.alloc(BLOCK_BYTES);
  /** Writes go one after the other: they share the file's position. */
  #last: Promise<void> = Promise.resolve();

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Opens the copy; one that is not there is made, all holes. */
  static async open(path: string, sizeBytes: number): Promise<BaseFile> {
    const file = await Deno.open(path, { read: true, write: true, create: true });
    try {
      if ((await file.stat()).size !== sizeBytes) await file.truncate(sizeBytes);
      return new BaseFile(file);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Makes the copy hold these bytes at an offset. */
  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const mine = this.#last.then(() => this.#write(offset, bytes));
    this.#last = mine.catch(() => {}); // the caller of each write hears of its own failure
    await mine;
  }

  async #write(offset: number, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
      const part = bytes.subarray(at, at + BLOCK_BYTES);
      const there = await this.#read(offset + at, part.length);
      if (there.equals(part)) continue;
      await this.#file.seek(offset + at, Deno.SeekMode.Start);
      for (let rest = part; rest.length > 0;) {
        const written = await this.#file.write(rest);
        if (written === 0) {
          throw new MigrateError("space/full", "Cannot write the disk: nothing more can be written.");
        }
        rest = rest.subarray(written);
      }
      this.writtenBytes += part.length;
    }
  }

  async #read(offset: number, length: number): Promise<Buffer> {
    await this.#file.seek(offset, Deno.SeekMode.Start);
    let filled = 0;
    while (filled < length) {
      const read = await this.#file.read(this.#block.subarray(filled, length));
      if (read === null) break;
      filled += read;
    }
    return this.#block.subarray(0, filled);
  }

  /** Brings what was written to storage. */
  async sync(): Promise<void> {
    await this.#last;
    await this.#file.syncData();
  }

  /** Closes the copy. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
