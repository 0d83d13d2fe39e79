/**
 * A local file that is filled in any order, zeros left out as holes, together with the note of what is there
 * already: a run that was killed goes on from that note.
 *
 * @module
 */
import { exists, removeIfThere } from "../../../run/files.ts";
import { Buffer } from "node:buffer";
import { MigrateError } from "../../../model/error.ts";
import { addRange, joinRanges, type Range } from "./ranges.ts";

/** What the note beside a file holds. */
interface Note {
  readonly sizeBytes: number;
  readonly version: string;
  readonly ranges: readonly Range[];
}

/** How often the note is written, in milliseconds: what a kill costs at most. */
const NOTE_EVERY_MS = 1_000;
/** After how many bytes it is written at the latest: storage then works while the network does, not at the end. */
const NOTE_EVERY_BYTES = 32 * 1024 ** 2;
const ZEROS = new Uint8Array(64 * 1024);

/** A file on its way; it gets its name when it is complete. */
export class SparseFile implements AsyncDisposable {
  /** What is there. */
  ranges: readonly Range[];
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #about: Pick<Note, "sizeBytes" | "version">;
  #noted = performance.now();
  #unnotedBytes = 0;
  #isNoting = false;
  /** Writes go one after the other: they share the file's position. */
  #last: Promise<void> = Promise.resolve();
  #noting: Promise<void> = Promise.resolve();

  private constructor(
    path: string,
    file: Deno.FsFile,
    about: Pick<Note, "sizeBytes" | "version">,
    ranges: readonly Range[],
  ) {
    this.#path = path;
    this.#file = file;
    this.#about = about;
    this.ranges = ranges;
  }

  /** Opens `PATH.partial`, or the finished file, and goes on with it when its note is of the same remote file. */
  static async open(
    path: string,
    { sizeBytes, version }: Pick<Note, "sizeBytes" | "version">,
  ): Promise<SparseFile> {
    const note = await readNote(path);
    const about = { sizeBytes, version };
    const goesOn = note !== null && note.sizeBytes === sizeBytes && note.version === version;
    if (goesOn && await exists(path)) await Deno.rename(path, `${path}.partial`);
    const file = await Deno.open(`${path}.partial`, {
      read: true,
      write: true,
      create: true,
      truncate: !goesOn,
    });
    try {
      // A note without its file, or with one that was cut, is worth nothing.
      const isWhole = goesOn && (await file.stat()).size === about.sizeBytes;
      await file.truncate(about.sizeBytes);
      return new SparseFile(path, file, about, isWhole ? note.ranges : []);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Writes bytes at an offset. */
  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const mine = this.#last.then(() => this.#write(offset, bytes));
    this.#last = mine.catch(() => {}); // the caller of each write hears of its own failure
    await mine;
  }

  async #write(offset: number, bytes: Uint8Array): Promise<void> {
    for (const [start, end] of filled(bytes)) {
      await writeAt(this.#file, offset + start, bytes.subarray(start, end));
    }
    this.ranges = addRange(this.ranges, [offset, offset + bytes.length]);
    this.#unnotedBytes += bytes.length;
    const isDue = this.#unnotedBytes >= NOTE_EVERY_BYTES || performance.now() - this.#noted >= NOTE_EVERY_MS;
    if (!isDue || this.#isNoting) return;
    // Writes go on meanwhile; who finishes or closes the file hears of a failure.
    this.#noting = this.#note();
    this.#noting.catch(() => {});
  }

  /** Data first, then the note: it never promises what is not on storage. */
  async #note(): Promise<void> {
    this.#isNoting = true;
    this.#unnotedBytes = 0;
    const note: Note = { ...this.#about, ranges: this.ranges };
    await this.#file.syncData();
    await Deno.writeTextFile(`${this.#path}.ranges.partial`, JSON.stringify(note));
    await Deno.rename(`${this.#path}.ranges.partial`, `${this.#path}.ranges`);
    this.#noted = performance.now();
    this.#isNoting = false;
  }

  /** Gives the complete file its name; the note stays until {@linkcode forget}. */
  async finish(): Promise<void> {
    await this.#last;
    await this.#noting;
    await this.#note();
    await this.#file.sync();
    await Deno.rename(`${this.#path}.partial`, this.#path);
  }

  /** Removes the note of a finished file, when nothing can ask for it again. */
  static async forget(path: string): Promise<void> {
    await removeIfThere(`${path}.ranges`);
  }

  /** Closes the file; an unfinished one keeps what it has. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    try {
      await this.#noting;
      const isUnfinished = await exists(`${this.#path}.partial`);
      if (isUnfinished) await this.#note();
    } finally {
      this.#file.close();
    }
  }
}

async function writeAt(file: Deno.FsFile, offset: number, bytes: Uint8Array): Promise<void> {
  file.seekSync(offset, Deno.SeekMode.Start); // moves a number: a thread of its own would cost more
  for (let rest = bytes; rest.length > 0;) {
    const written = await file.write(rest);
    if (written === 0) {
      throw new MigrateError("space/full", "Cannot write the disk: nothing more can be written.");
    }
    rest = rest.subarray(written);
  }
}

/** What is no hole, in as few ranges as may be. */
function filled(bytes: Uint8Array): Range[] {
  const parts: Range[] = [];
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const end = Math.min(at + ZEROS.length, bytes.length);
    if (!isZero(bytes.subarray(at, end))) parts.push([at, end]);
  }
  return joinRanges(parts);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes[0] === 0 &&
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).equals(ZEROS.subarray(0, bytes.length));
}

async function readNote(path: string): Promise<Note | null> {
  try {
    return JSON.parse(await Deno.readTextFile(`${path}.ranges`)) as Note;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return null;
    throw error;
  }
}
