/**
 * How a disk is copied: by qemu-img, or as a stream through a Worker where something is wanted that qemu-img does
 * not do: the SHA-256 on the way, or a level of compression.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import { WorkerPool } from "../run/pool.ts";
import { type CopyJob, type CopyTarget, copyToPartial, discard, writtenPath } from "./copy.ts";
import type { Compression } from "./stream/qcow2_sink.ts";
import type { SinkResult } from "./stream/sink.ts";
import type { DiskWork } from "./stream/worker.ts";

/** What is wanted of a copy. */
export interface CopyRequest extends CopyJob {
  /** The size that the guest sees, in bytes. */
  readonly sizeBytes: number;
  /** Whether its SHA-256 is wanted. */
  readonly checksum: boolean;
}

/** Whether a target is copied as a stream. */
export function isStreamed({ target, checksum }: Pick<CopyRequest, "target" | "checksum">): boolean {
  if (target.preallocate !== undefined) return false;
  return compressionOf(target) !== undefined || (checksum && target.format === "raw");
}

/** Copies and hashes; its Workers end on dispose. */
export class Copier implements Disposable {
  readonly #pool: WorkerPool;

  /** Prepares for so many disks at a time; no Worker is started yet. */
  constructor(size: number) {
    this.#pool = new WorkerPool({
      size,
      start: () =>
        new Worker(new URL("./stream/worker.ts", import.meta.url), { type: "module", name: "disk" }),
    });
  }

  /**
   * Copies a disk; on any failure nothing unfinished stays.
   *
   * @returns the SHA-256 where it was wanted and could be made on the way
   * @throws {MigrateError} `tool/missing`, `tool/failed`, `space/full` or `run/cancelled`
   */
  async copy(
    request: CopyRequest,
    signal: AbortSignal,
    onFraction: (fraction: number) => void,
  ): Promise<SinkResult> {
    if (isStreamed(request)) {
      try {
        return await this.#stream(request, signal, onFraction);
      } catch (error) {
        // Without nbdcopy the SHA-256 is made of the finished file; a level has no other way.
        const canDoWithout = compressionOf(request.target) === undefined;
        if (!canDoWithout || !(error instanceof MigrateError) || error.code !== "tool/missing") throw error;
      }
    }
    await copyToPartial(request, signal, onFraction);
    return {};
  }

  /** The SHA-256 of a file in hex. */
  async hash(path: string, signal: AbortSignal): Promise<string> {
    const value: DiskWork = { work: "hash", path };
    return (await this.#pool.run<Required<SinkResult>>({ value, signal })).sha256;
  }

  async #stream(
    { overlay, target, sizeBytes, bytesPerSecond }: CopyRequest,
    signal: AbortSignal,
    onFraction: (fraction: number) => void,
  ): Promise<SinkResult> {
    const compression = compressionOf(target);
    const value: DiskWork = {
      work: "copy",
      overlay,
      path: writtenPath(target),
      sizeBytes,
      ...(compression === undefined ? {} : { compression }),
      ...(target.isDevice === undefined ? {} : { isDevice: target.isDevice }),
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    };
    try {
      return await this.#pool.run<SinkResult>({
        value,
        signal,
        onTold: (readBytes) => onFraction(Number(readBytes) / sizeBytes),
      });
    } catch (error) {
      await discard(target);
      throw error;
    }
  }

  /** Ends the Workers. */
  [Symbol.dispose](): void {
    this.#pool[Symbol.dispose]();
  }
}

function compressionOf({ compress, compressLevel }: CopyTarget): Compression | undefined {
  return compress === undefined || compressLevel === undefined
    ? undefined
    : { type: compress, level: compressLevel };
}
