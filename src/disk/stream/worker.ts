/**
 * The thread that a disk passes through: its content in order from nbdcopy, hashed and written here; or a finished
 * file that is only hashed.
 *
 * @module
 */
import { runCommand } from "../../run/command.ts";
import { serveTasks, type TaskHost } from "../../run/worker_task.ts";
import { sha256OfFile } from "../checksum.ts";
import { Blocks } from "./blocks.ts";
import { type Compression, Qcow2Sink } from "./qcow2_sink.ts";
import { RawSink } from "./raw_sink.ts";
import type { Sink, SinkResult } from "./sink.ts";

/** What the thread does. */
export type DiskWork =
  | { readonly work: "hash"; readonly path: string }
  | {
    readonly work: "copy";
    /** The qcow2 overlay to read through. */
    readonly overlay: string;
    /** Where to. */
    readonly path: string;
    /** The size that the guest sees, in bytes. */
    readonly sizeBytes: number;
    /** qcow2 with compressed clusters; raw without it. */
    readonly compression?: Compression;
    /** Whether the target is a block device. */
    readonly isDevice?: boolean;
    /** How much may be written in a second. */
    readonly bytesPerSecond?: number;
  };

/** How often progress is told, in bytes. */
const TELL_EVERY_BYTES = 16 * 1024 ** 2;

/** Arguments of nbdcopy: qemu-nbd serves the overlay to it alone, and it writes the content to its output. */
export function streamArgs(overlay: string): string[] {
  return ["--synchronous", "--", "[", "qemu-nbd", "--read-only", "--format=qcow2", overlay, "]", "-"];
}

serveTasks(async (task: DiskWork, host): Promise<SinkResult> => {
  if (task.work === "hash") return { sha256: await sha256OfFile(task.path, host.signal) };
  using sink = sinkOf(task);
  return await copy(task, sink, host);
});

function sinkOf({ path, sizeBytes, compression, isDevice = false }: DiskWork & { work: "copy" }): Sink {
  return compression === undefined
    ? new RawSink(path, isDevice)
    : new Qcow2Sink(path, sizeBytes, compression);
}

async function copy(task: DiskWork & { work: "copy" }, sink: Sink, host: TaskHost): Promise<SinkResult> {
  const { bytesPerSecond } = task;
  const startedMs = performance.now();
  let readBytes = 0, writtenBytes = 0, toldBytes = 0;
  const blocks = new Blocks((block) => {
    writtenBytes += sink.write(block);
    readBytes += block.length;
  });
  await runCommand("nbdcopy", streamArgs(task.overlay), {
    signal: host.signal,
    diesWithUs: true,
    onBytes: async (bytes) => {
      blocks.push(bytes);
      if (readBytes - toldBytes >= TELL_EVERY_BYTES) {
        toldBytes = readBytes;
        host.tell(readBytes);
        await new Promise((resolve) => setTimeout(resolve)); // an abort gets through
      }
      if (bytesPerSecond === undefined) return;
      const aheadMs = (writtenBytes / bytesPerSecond) * 1000 - (performance.now() - startedMs);
      if (aheadMs > 20) await new Promise((resolve) => setTimeout(resolve, aheadMs));
    },
  });
  blocks.end();
  if (readBytes !== task.sizeBytes) throw new Error(`${task.overlay} ended after ${readBytes} bytes`);
  return sink.finish();
}
