/**
 * A qcow2 image with compressed clusters of a chosen level, which qemu-img does not offer. Data is written as it
 * comes, the tables behind it, the header at last.
 *
 * Format: qemu, docs/interop/qcow2.txt, version 3.
 *
 * @module
 */
import zlib from "node:zlib";
import { BLOCK_BYTES, isZero, type Sink, type SinkResult, writeAt } from "./sink.ts";

/** How clusters are compressed. */
export interface Compression {
  /** Which algorithm. */
  readonly type: "zlib" | "zstd";
  /** Its level: 1 to 9, for zstd to 19. */
  readonly level: number;
}

const CLUSTER_BITS = 16;
const CLUSTER = BLOCK_BYTES;
const SECTOR = 512;
/** Entries of a table of one cluster. */
const PER_TABLE = CLUSTER / 8;
/** A reference count is 16 bits long. */
const PER_REFCOUNT_BLOCK = CLUSTER / 2;
const REFCOUNT_ORDER = 4;
const HEADER_BYTES = 112;

/** Flags of table entries. */
const COPIED = 1n << 63n;
const COMPRESSED = 1n << 62n;
/** Where the number of further sectors begins in the entry of a compressed cluster: 62 - (cluster_bits - 8). */
const SECTORS_SHIFT = 62n - (BigInt(CLUSTER_BITS) - 8n);
/** Bit of the incompatible features: the header has a compression type. */
const COMPRESSION_TYPE_FEATURE = 1n << 3n;

/** Writes a compressed qcow2 image. */
export class Qcow2Sink implements Sink {
  readonly #file: Deno.FsFile;
  readonly #compression: Compression;
  readonly #sizeBytes: number;
  /** Tables of the second level by their place in the first. */
  readonly #tables = new Map<number, DataView>();
  readonly #refcounts: number[] = [];
  readonly #l1Clusters: number;
  readonly #cluster = new Uint8Array(CLUSTER);
  #guestCluster = 0;
  #end: number;

  /** Opens the file. */
  constructor(path: string, sizeBytes: number, compression: Compression) {
    this.#file = Deno.openSync(path, { write: true, create: true, truncate: true });
    this.#compression = compression;
    this.#sizeBytes = sizeBytes;
    this.#l1Clusters = Math.max(1, Math.ceil(this.#l1Size() / PER_TABLE));
    this.#end = (1 + this.#l1Clusters) * CLUSTER;
  }

  #l1Size(): number {
    return Math.max(1, Math.ceil(this.#sizeBytes / (CLUSTER * PER_TABLE)));
  }

  /** Takes a cluster. */
  write(block: Uint8Array): number {
    const index = this.#guestCluster++;
    if (isZero(block)) return 0;
    this.#cluster.set(block);
    this.#cluster.fill(0, block.length);
    const packed = this.#compress(this.#cluster);
    const isSmaller = packed.length < CLUSTER;
    const entry = isSmaller ? this.#putCompressed(packed) : this.#put(this.#cluster) | COPIED;
    this.#table(Math.floor(index / PER_TABLE)).setBigUint64((index % PER_TABLE) * 8, entry);
    return isSmaller ? packed.length : CLUSTER;
  }

  #compress(cluster: Uint8Array): Uint8Array {
    const { type, level } = this.#compression;
    // qemu decompresses with a window of 4 KiB.
    if (type === "zlib") return zlib.deflateRawSync(cluster, { level, windowBits: 12, memLevel: 9 });
    return zlib.zstdCompressSync(cluster, {
      params: { [zlib.constants.ZSTD_c_compressionLevel]: level },
    });
  }

  /** Appends compressed bytes; they share clusters, each of which counts its users. */
  #putCompressed(packed: Uint8Array): bigint {
    const offset = this.#end;
    writeAt(this.#file, packed, offset);
    this.#end += packed.length;
    const last = offset + packed.length - 1;
    for (let at = Math.floor(offset / CLUSTER); at <= Math.floor(last / CLUSTER); at++) this.#count(at);
    const sectors = Math.floor(last / SECTOR) - Math.floor(offset / SECTOR);
    return COMPRESSED | (BigInt(sectors) << SECTORS_SHIFT) | BigInt(offset);
  }

  /** Appends a whole cluster at the next border; returns its offset. */
  #put(cluster: Uint8Array): bigint {
    const offset = Math.ceil(this.#end / CLUSTER) * CLUSTER;
    writeAt(this.#file, cluster, offset);
    this.#end = offset + CLUSTER;
    this.#count(offset / CLUSTER);
    return BigInt(offset);
  }

  #count(cluster: number): void {
    this.#refcounts[cluster] = (this.#refcounts[cluster] ?? 0) + 1;
  }

  #table(index: number): DataView {
    let table = this.#tables.get(index);
    if (table === undefined) {
      table = new DataView(new ArrayBuffer(CLUSTER));
      this.#tables.set(index, table);
    }
    return table;
  }

  /** Writes the tables and the header, and syncs. */
  finish(): SinkResult {
    const l1 = new DataView(new ArrayBuffer(this.#l1Clusters * CLUSTER));
    for (const [index, table] of this.#tables) l1.setBigUint64(index * 8, this.#put(bytesOf(table)) | COPIED);
    for (let cluster = 0; cluster <= this.#l1Clusters; cluster++) this.#count(cluster);
    writeAt(this.#file, bytesOf(l1), CLUSTER);
    const refcountTable = this.#writeRefcounts();
    writeAt(this.#file, this.#header(refcountTable), 0);
    this.#file.syncSync();
    return {};
  }

  /** Writes the blocks of reference counts, which count themselves, too; returns where their table is. */
  #writeRefcounts(): { offset: number; clusters: number } {
    const first = Math.ceil(this.#end / CLUSTER);
    let blocks = 0, tables = 0;
    for (let total = -1; total !== first + blocks + tables;) {
      total = first + blocks + tables;
      blocks = Math.ceil(total / PER_REFCOUNT_BLOCK);
      tables = Math.ceil(blocks / PER_TABLE);
    }
    for (let cluster = first; cluster < first + blocks + tables; cluster++) this.#count(cluster);
    const table = new DataView(new ArrayBuffer(tables * CLUSTER));
    for (let index = 0; index < blocks; index++) {
      const block = new DataView(new ArrayBuffer(CLUSTER));
      const counts = this.#refcounts.slice(index * PER_REFCOUNT_BLOCK, (index + 1) * PER_REFCOUNT_BLOCK);
      counts.forEach((count, at) => block.setUint16(at * 2, count));
      const offset = (first + index) * CLUSTER;
      writeAt(this.#file, bytesOf(block), offset);
      table.setBigUint64(index * 8, BigInt(offset));
    }
    const offset = (first + blocks) * CLUSTER;
    writeAt(this.#file, bytesOf(table), offset);
    return { offset, clusters: tables };
  }

  #header(refcountTable: { offset: number; clusters: number }): Uint8Array {
    const isZstd = this.#compression.type === "zstd";
    const header = new DataView(new ArrayBuffer(HEADER_BYTES + 8)); // the list of extensions ends at once
    header.setUint32(0, 0x514649fb); // "QFI\xfb"
    header.setUint32(4, 3);
    header.setUint32(20, CLUSTER_BITS);
    header.setBigUint64(24, BigInt(this.#sizeBytes));
    header.setUint32(36, this.#l1Size());
    header.setBigUint64(40, BigInt(CLUSTER));
    header.setBigUint64(48, BigInt(refcountTable.offset));
    header.setUint32(56, refcountTable.clusters);
    header.setBigUint64(72, isZstd ? COMPRESSION_TYPE_FEATURE : 0n);
    header.setUint32(96, REFCOUNT_ORDER);
    header.setUint32(100, HEADER_BYTES);
    header.setUint8(104, isZstd ? 1 : 0);
    return bytesOf(header);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

const bytesOf = (view: DataView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
