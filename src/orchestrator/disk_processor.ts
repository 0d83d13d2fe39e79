/**
 * DiskProcessor: an overlay becomes a finished image. Copied once, checked, and only then given its name.
 *
 * @module
 */
import { removeIfThere } from "../run/files.ts";
import { type CopyTarget, copyToPartial, partialPath, publish } from "../disk/copy.ts";
import { imageInfo } from "../disk/qemu_img.ts";
import type { Overlay } from "../disk/overlay.ts";
import type { OutputDisk } from "../model/disk.ts";
import type { EventSink } from "../model/event.ts";
import { checkImage } from "../verify/image.ts";

/** One disk on its way. */
export interface DiskTask {
  /** The fixed overlay. */
  readonly overlay: Overlay;
  /** Where the image goes. */
  readonly target: CopyTarget;
}

/** What the processor needs. */
export interface DiskProcessorOptions {
  /** Name of the VM, for events. */
  readonly vm: string;
  /** Receives the progress of each disk. */
  readonly emit: EventSink;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Copies and checks the disks of one virtual machine. */
export class DiskProcessor {
  readonly #options: DiskProcessorOptions;

  /** Prepares a processor; nothing is copied yet. */
  constructor(options: DiskProcessorOptions) {
    this.#options = options;
  }

  /**
   * Copies one disk to its `.partial` file.
   *
   * @throws {MigrateError} `tool/failed`, `space/full` or `run/cancelled`; the partial file is gone then
   */
  async processSingleDisk(
    task: DiskTask,
    index: number,
    signal: AbortSignal = this.#options.signal,
  ): Promise<void> {
    const { vm, emit } = this.#options;
    const totalBytes = task.overlay.source.virtualSizeBytes;
    await copyToPartial({ overlay: task.overlay.path, target: task.target }, signal, (fraction) => {
      const doneBytes = Math.round(totalBytes * fraction);
      emit({ type: "progress", vm, stage: "copy", disk: index, doneBytes, totalBytes });
    });
  }

  /**
   * Copies all disks at once: qemu-img is bound by storage, and each disk has its own process. One failure
   * stops the others, because a machine with a disk missing is no machine.
   */
  async processDisksParallel(tasks: readonly DiskTask[]): Promise<void> {
    const others = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, others.signal]);
    const results = await Promise.allSettled(tasks.map(async (task, index) => {
      try {
        await this.processSingleDisk(task, index, signal);
      } catch (error) {
        others.abort();
        throw error;
      }
    }));
    const failures = results.filter((result) => result.status === "rejected").map(({ reason }) => reason);
    if (failures.length === 0) return;
    await this.discard(tasks);
    // The disk that failed, rather than the ones that were stopped for it.
    throw failures.find((error) => error.code !== "run/cancelled") ?? failures[0];
  }

  /**
   * Checks every copied image and gives it its final name.
   *
   * @throws {MigrateError} `disk/damaged`; no image has its final name then
   */
  async publishAll(tasks: readonly DiskTask[]): Promise<OutputDisk[]> {
    const { signal } = this.#options;
    const outputs: OutputDisk[] = [];
    try {
      for (const { target } of tasks) await checkImage(partialPath(target.path), target.format);
      for (const { target } of tasks) await publish(target.path);
      for (const { target } of tasks) {
        const info = await imageInfo(target.path, target.format, signal);
        outputs.push({
          path: target.path,
          format: target.format,
          virtualSizeBytes: info.virtualSizeBytes,
          allocatedSizeBytes: info.allocatedSizeBytes,
        });
      }
      return outputs;
    } catch (error) {
      await this.discard(tasks);
      throw error;
    }
  }

  /** Removes what is unfinished. */
  async discard(tasks: readonly DiskTask[]): Promise<void> {
    for (const { target } of tasks) await removeIfThere(partialPath(target.path));
  }
}
