/**
 * What bounds the unpacking of a foreign archive: members, bytes, and bytes written for each byte read.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import type { SourceContext } from "../source.ts";

/** The bounds. */
export interface ArchiveLimits {
  /** Most members. */
  readonly maxMembers: number;
  /** Most bytes that are unpacked, holes included. */
  readonly maxTotalBytes: number;
}

/** Archives in archives: an AMI bundle has two or three. */
export const MAX_DEPTH = 5;
/**
 * Bytes other than zeros that one compressed byte may become. Disks reach 20; zeros compress far better but
 * are not written, so they do not count.
 */
const MAX_RATIO = 200;
/** The ratio is not looked at before this many bytes are written. */
const RATIO_FROM_BYTES = 64 * 1024 * 1024;
const DEFAULTS: ArchiveLimits = { maxMembers: 10_000, maxTotalBytes: 16 * 1024 ** 4 };

/** The bounds of a job. */
export function limitsOf({ job }: SourceContext): ArchiveLimits {
  return {
    maxMembers: job.max_members ?? DEFAULTS.maxMembers,
    maxTotalBytes: job.max_total_bytes ?? DEFAULTS.maxTotalBytes,
  };
}

/** Watches one unpacking. */
export class UnpackGuard {
  readonly #path: string;
  readonly #limits: ArchiveLimits;
  #readBytes = 0;
  #writtenBytes = 0;
  #totalBytes = 0;

  /** Starts at zero; `path` is the archive for error texts. */
  constructor(path: string, limits: ArchiveLimits) {
    this.#path = path;
    this.#limits = limits;
  }

  /** Counts compressed bytes while they are passed on. */
  async *counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.#readBytes += chunk.length;
      yield chunk;
    }
  }

  /**
   * Counts bytes of the result, holes included.
   *
   * @throws {MigrateError} `source/unsupported` above the limit
   */
  unpacked(bytes: number): void {
    this.#totalBytes += bytes;
    if (this.#totalBytes <= this.#limits.maxTotalBytes) return;
    throw new MigrateError(
      "source/unsupported",
      `Cannot unpack ${this.#path}: it holds over ${this.#limits.maxTotalBytes} bytes.`,
      { hint: "Raise --max-total-bytes if you trust it." },
    );
  }

  /**
   * Counts bytes that are written to storage.
   *
   * @throws {MigrateError} `source/unsupported` above the ratio
   */
  written(bytes: number): void {
    this.#writtenBytes += bytes;
    if (this.#writtenBytes <= Math.max(RATIO_FROM_BYTES, this.#readBytes * MAX_RATIO)) return;
    throw new MigrateError(
      "source/unsupported",
      `Cannot unpack ${this.#path}: ${this.#readBytes} bytes have become ${this.#writtenBytes}, ` +
        `over ${MAX_RATIO} times as many.`,
      { hint: "No disk compresses like this. Unpack it by hand if you trust it." },
    );
  }
}
