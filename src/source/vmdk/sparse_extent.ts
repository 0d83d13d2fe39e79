/**
 * A sparse extent whose file is not one that qemu can open: which grains it has, and where. Tables come as they are
 * asked for, in blocks, because they lie next to each other.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import { addSegment, type Segment } from "../layers/layered_disk.ts";
import {
  COMPRESSED,
  type GrainPlace,
  HEADER_BYTES,
  isClean,
  type SparseLayout,
  sparseLayout,
  volatileHeaderOffset,
} from "./sparse_header.ts";

/** The file of an extent. */
export interface ExtentFile {
  /** What a person calls it. */
  readonly name: string;
  /** Its length in bytes. */
  readonly sizeBytes: number;
  /** Bytes at an offset, none missing. */
  read(at: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** How much of the tables is read at once, and how many such blocks are kept. */
const BLOCK_BYTES = 64 * 1024, KEPT_BLOCKS = 8;
/** VMware's disks end at 62 TiB, and qemu's grains at 1 GiB. */
const MAX_DISK_BYTES = 64 * 1024 ** 4, MAX_GRAIN_BYTES = 1024 ** 3;
/** Enough for such a disk. */
const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024;

/** An open sparse extent. */
export class SparseExtent {
  /** Its file. */
  readonly file: ExtentFile;
  readonly #layout: SparseLayout;
  readonly #directory: DataView;
  /** Blocks of tables by number, the one used last at the end. */
  readonly #blocks = new Map<number, Uint8Array>();

  private constructor(file: ExtentFile, layout: SparseLayout, directory: DataView) {
    this.file = file;
    this.#layout = layout;
    this.#directory = directory;
  }

  /**
   * Opens an extent, and checks that the file does not end before its data.
   *
   * @throws {MigrateError} `source/damaged`, or `source/unsupported` for one that qemu alone reads
   */
  static async open(file: ExtentFile): Promise<SparseExtent> {
    if (file.sizeBytes < HEADER_BYTES) throw damaged(file, "it is too short");
    const head = await file.read(0, HEADER_BYTES);
    const layout = sparseLayout(head);
    if (layout === COMPRESSED) throw compressed(file);
    if (typeof layout === "string") throw damaged(file, layout);
    await refuseJournal(file, head);
    const { capacityBytes, grainBytes, entriesPerTable, entryBytes, directoryOffset } = layout;
    const isSound = capacityBytes <= MAX_DISK_BYTES && grainBytes <= MAX_GRAIN_BYTES;
    if (!isSound) throw damaged(file, "its sizes cannot be");
    const length = Math.ceil(capacityBytes / grainBytes / entriesPerTable) * entryBytes;
    const isWhole = length <= MAX_DIRECTORY_BYTES && directoryOffset + length <= file.sizeBytes;
    if (!isWhole) throw damaged(file, "its grain directory is cut off");
    const extent = new SparseExtent(file, layout, viewOf(await file.read(directoryOffset, length)));
    await extent.#check();
    return extent;
  }

  /** The size that the guest sees, in bytes. */
  get sizeBytes(): number {
    return this.#layout.capacityBytes;
  }

  /** Where a range is. */
  async segments(at: number, length: number): Promise<readonly Segment[]> {
    const { grainBytes, entriesPerTable } = this.#layout;
    const tableSpan = grainBytes * entriesPerTable;
    const segments: Segment[] = [];
    for (let done = 0; done < length;) {
      const index = Math.floor((at + done) / tableSpan), inTable = (at + done) % tableSpan;
      const part = Math.min(tableSpan - inTable, length - done);
      const table = this.#tableAt(index);
      if (table === "below") addSegment(segments, { length: part, from: "below" });
      else this.#addGrains(segments, await this.#table(table), inTable, part);
      done += part;
    }
    return segments;
  }

  #addGrains(segments: Segment[], table: DataView, inTable: number, length: number): void {
    const { grainBytes } = this.#layout;
    for (let at = inTable; at < inTable + length;) {
      const inGrain = at % grainBytes;
      const part = Math.min(grainBytes - inGrain, inTable + length - at);
      const place = this.#grainAt(table, Math.floor(at / grainBytes));
      addSegment(segments, { length: part, from: typeof place === "number" ? place + inGrain : place });
      at += part;
    }
  }

  #tableAt(index: number): number | "below" {
    const place = this.#place(this.#directory, index, this.#layout.tableAt);
    if (place !== "zero") return place;
    throw damaged(this.file, "its grain directory is damaged");
  }

  #grainAt(table: DataView, entry: number): number | "zero" | "below" {
    return this.#place(table, entry, this.#layout.grainAt);
  }

  #place(
    entries: DataView,
    index: number,
    meaning: (low: number, high: number) => GrainPlace,
  ): Exclude<GrainPlace, "damaged"> {
    const { entryBytes } = this.#layout;
    const low = entries.getUint32(index * entryBytes, true);
    const high = entryBytes === 8 ? entries.getUint32(index * entryBytes + 4, true) : 0;
    const place = meaning(low, high);
    if (place === "damaged") throw damaged(this.file, "its grain tables are damaged");
    return place;
  }

  /**
   * Refuses a file that ends before its data, so that nobody finds out half way. The tables of seSparse are 64 times
   * as long as the others, so of these only the directory is looked through.
   */
  async #check(): Promise<void> {
    const { capacityBytes, grainBytes, entriesPerTable, entryBytes } = this.#layout;
    const tableBytes = entriesPerTable * entryBytes;
    const tables = this.#directory.byteLength / entryBytes;
    let used = 0;
    for (let index = 0; index < tables; index++) {
      const table = this.#tableAt(index);
      if (table === "below") continue;
      // Tables do not share sectors: a directory that names more than the file holds would be read for ever.
      if (++used * tableBytes > this.file.sizeBytes) {
        throw damaged(this.file, "its grain directory is damaged");
      }
      if (table + tableBytes > this.file.sizeBytes) throw this.#cutOff();
      if (entryBytes === 8) continue;
      const entries = await this.#table(table);
      for (let entry = 0; entry < entriesPerTable; entry++) {
        const start = (index * entriesPerTable + entry) * grainBytes;
        const place = start < capacityBytes ? this.#grainAt(entries, entry) : "below";
        // The last grain of a disk may be shorter than the others.
        const length = Math.min(grainBytes, capacityBytes - start);
        if (typeof place === "number" && place + length > this.file.sizeBytes) throw this.#cutOff();
      }
    }
  }

  #cutOff(): MigrateError {
    return damaged(this.file, `it ends at byte ${this.file.sizeBytes}, before its data`);
  }

  /** A table; it may begin in one block and end in the next. */
  async #table(at: number): Promise<DataView> {
    const length = this.#layout.entriesPerTable * this.#layout.entryBytes;
    if (at + length > this.file.sizeBytes) throw this.#cutOff();
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const number = Math.floor((at + done) / BLOCK_BYTES), inBlock = (at + done) % BLOCK_BYTES;
      const part = (await this.#block(number)).subarray(inBlock, inBlock + length - done);
      bytes.set(part, done);
      done += part.length;
    }
    return viewOf(bytes);
  }

  async #block(number: number): Promise<Uint8Array> {
    const start = number * BLOCK_BYTES;
    const block = this.#blocks.get(number) ??
      await this.file.read(start, Math.min(BLOCK_BYTES, this.file.sizeBytes - start));
    this.#blocks.delete(number);
    this.#blocks.set(number, block);
    const [oldest] = this.#blocks.keys();
    if (this.#blocks.size > KEPT_BLOCKS) this.#blocks.delete(oldest!);
    return block;
  }
}

async function refuseJournal(file: ExtentFile, head: Uint8Array): Promise<void> {
  const offset = volatileHeaderOffset(head);
  if (offset === null) return;
  const isThere = offset + HEADER_BYTES <= file.sizeBytes;
  if (isThere && isClean(await file.read(offset, HEADER_BYTES))) return;
  throw new MigrateError("source/unsupported", `Cannot read ${file.name}: changes are left in its journal.`, {
    hint: "Shut the machine down; if it is off, consolidate its snapshots in VMware.",
  });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function compressed({ name }: ExtentFile): MigrateError {
  return new MigrateError("source/unsupported", `Cannot stream ${name}: ${COMPRESSED}.`, {
    hint: "Leave out --stream: it is then downloaded.",
  });
}

function damaged({ name }: ExtentFile, reason: string): MigrateError {
  return new MigrateError("source/damaged", `Cannot read ${name}: ${reason}.`, {
    hint: "Copy or export the disk again: the file is incomplete.",
  });
}
