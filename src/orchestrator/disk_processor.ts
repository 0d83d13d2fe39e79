/**
 * DiskProcessor: an overlay becomes a finished image. Copied once, hashed on the way where the format allows it,
 * checked, and only then given its name.
 *
 * @module
 */
import { Copier } from "../disk/copier.ts";
import { type CopyTarget, discard, publish, writtenPath } from "../disk/copy.ts";
import type { Overlay } from "../disk/overlay.ts";
import { imageInfo } from "../disk/qemu_img.ts";
import type { OutputDisk } from "../model/disk.ts";
import type { EventSink } from "../model/event.ts";
import type { Budget } from "../run/budget.ts";
import { copyCost, HASH } from "../run/costs.ts";
import { checkImage } from "../verify/image.ts";

/** One disk on its way. */
export interface DiskTask {
  /** The fixed overlay. */
  readonly overlay: Overlay;
  /** Where the image goes. */
  readonly target: CopyTarget;
  /** Whether its SHA-256 is wanted. */
  readonly checksum?: boolean;
}

/** A disk that is copied, still under its `.partial` name. */
export interface CopiedDisk {
  /** SHA-256 of the file in hex, where it was wanted. */
  readonly sha256?: string;
}

/** What the processor needs. */
export interface DiskProcessorOptions {
  /** Name of the VM, for events. */
  readonly vm: string;
  /** Receives the progress of each disk. */
  readonly emit: EventSink;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Grants processors and bandwidth. */
  readonly budget: Budget;
}

/** Copies and checks the disks of one virtual machine. */
export class DiskProcessor {
  readonly #options: DiskProcessorOptions;

  /** Prepares a processor; nothing is copied yet. */
  constructor(options: DiskProcessorOptions) {
    this.#options = options;
  }

  /**
   * Copies one disk to its `.partial` file, or to its device, when the budget grants it.
   *
   * @throws {MigrateError} `tool/failed`, `space/full` or `run/cancelled`; the partial file is gone then
   */
  async processSingleDisk(task: DiskTask, index = 0): Promise<CopiedDisk> {
    using copier = new Copier(1);
    return await this.#process(task, index, this.#options.signal, copier);
  }

  /**
   * Copies all disks at the same time, as far as the budget lets them; the results are in the order of the disks. One
   * failure stops the others, because a machine with a disk missing is no machine.
   */
  async processDisksParallel(tasks: readonly DiskTask[]): Promise<CopiedDisk[]> {
    const others = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, others.signal]);
    using copier = new Copier(tasks.length);
    const results = await Promise.allSettled(tasks.map(async (task, index) => {
      try {
        return await this.#process(task, index, signal, copier);
      } catch (error) {
        others.abort();
        throw error;
      }
    }));
    const failures = results.filter((result) => result.status === "rejected").map(({ reason }) => reason);
    if (failures.length === 0) {
      return results.map((result) => (result as PromiseFulfilledResult<CopiedDisk>).value);
    }
    await this.discard(tasks);
    // The disk that failed, rather than the ones that were stopped for it.
    throw failures.find((error) => error.code !== "run/cancelled") ?? failures[0];
  }

  async #process(task: DiskTask, index: number, signal: AbortSignal, copier: Copier): Promise<CopiedDisk> {
    const { overlay, target, checksum = false } = task;
    const copied = await this.#copy(task, index, signal, copier);
    if (!checksum || copied.sha256 !== undefined) return copied;
    using _lease = await this.#options.budget.take(HASH, signal);
    this.#tell(index, overlay.source.virtualSizeBytes, 1);
    return { sha256: await copier.hash(writtenPath(target), signal) };
  }

  async #copy(
    { overlay, target, checksum = false }: DiskTask,
    index: number,
    signal: AbortSignal,
    copier: Copier,
  ): Promise<CopiedDisk> {
    const sizeBytes = overlay.source.virtualSizeBytes;
    using lease = await this.#options.budget.take(copyCost(target.compress !== undefined), signal);
    const { bytesPerSecond } = lease;
    const request = { overlay: overlay.path, target, sizeBytes, checksum };
    return await copier.copy(
      { ...request, ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }) },
      signal,
      (fraction) => this.#tell(index, sizeBytes, fraction),
    );
  }

  #tell(disk: number, totalBytes: number, fraction: number): void {
    const { vm, emit } = this.#options;
    const doneBytes = Math.round(totalBytes * fraction);
    emit({ type: "progress", vm, stage: "copy", disk, doneBytes, totalBytes });
  }

  /**
   * Checks every copied image and gives it its final name.
   *
   * @throws {MigrateError} `disk/damaged`; no image has its final name then
   */
  async publishAll(tasks: readonly DiskTask[], copied: readonly CopiedDisk[] = []): Promise<OutputDisk[]> {
    try {
      for (const { target } of tasks) await checkImage(writtenPath(target), target.format);
      for (const { target } of tasks) await publish(target);
      const outputs: OutputDisk[] = [];
      for (const [index, { target }] of tasks.entries()) {
        outputs.push({ ...await this.#describe(target), ...copied[index] });
      }
      return outputs;
    } catch (error) {
      await this.discard(tasks);
      throw error;
    }
  }

  async #describe({ path, format, isDevice = false }: CopyTarget): Promise<OutputDisk> {
    const { virtualSizeBytes, allocatedSizeBytes } = await imageInfo(path, format, this.#options.signal);
    if (isDevice) return { path, format, virtualSizeBytes, allocatedSizeBytes: virtualSizeBytes, isDevice };
    return { path, format, virtualSizeBytes, allocatedSizeBytes };
  }

  /** Removes what is unfinished. */
  async discard(tasks: readonly DiskTask[]): Promise<void> {
    for (const { target } of tasks) await discard(target);
  }
}
