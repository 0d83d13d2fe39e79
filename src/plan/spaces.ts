/**
 * The space that a run needs, and what is there: by allocated size, never by virtual size.
 *
 * @module
 */
import { statfs } from "node:fs/promises";
import type { Job } from "../config/schema.ts";
import { measure } from "../disk/qemu_img.ts";
import type { SourceDisk } from "../model/disk.ts";
import type { PlannedSpace } from "../model/plan.ts";
import { existingParent } from "./existing_parent.ts";

const MIB = 1024 ** 2;
/** Room for logs, evidence and reports. */
const REPORT_BYTES = 4 * MIB;
/** Room for overlays: fixes write a few MiB to each, the boot proof some tens. */
const OVERLAY_BYTES = 192 * MIB;

/** What decides the space. */
export interface SpaceRequest {
  /** The disks. */
  readonly disks: readonly SourceDisk[];
  /** How and where they are written. */
  readonly job: Pick<Job, "preallocate" | "output_device" | "work_dir" | "linked">;
  /** The output folder; it need not exist yet. */
  readonly outputDir: string;
  /** Whether the disks are measured; else what they take on storage now is taken for what they will take. */
  readonly isExact: boolean;
}

/** Bytes that one disk will take at most. */
async function diskBytes(
  disk: SourceDisk,
  preallocate: string | undefined,
  isExact: boolean,
): Promise<number> {
  if (preallocate === "falloc" || preallocate === "full") return disk.virtualSizeBytes;
  return isExact ? await measure(disk.image, disk.format) : disk.allocatedSizeBytes;
}

/** Bytes that the outputs will take; disks that go to devices take none, linked ones what the fixes write. */
export async function neededBytes({ disks, job, isExact }: Omit<SpaceRequest, "outputDir">): Promise<number> {
  if (job.output_device.length > 0) return REPORT_BYTES;
  if (job.linked) return REPORT_BYTES + OVERLAY_BYTES;
  const each = await Promise.all(disks.map((disk) => diskBytes(disk, job.preallocate, isExact)));
  return each.reduce((sum, bytes) => sum + bytes, REPORT_BYTES);
}

/** The storage of a path: its name, and the bytes that are free for this user. */
export async function storageOf(path: string): Promise<{ storage: string; freeBytes: number }> {
  const parent = await existingParent(path);
  const [{ bavail, bsize }, { dev }] = await Promise.all([statfs(parent), Deno.stat(parent)]);
  return { storage: String(dev), freeBytes: Number(bavail) * Number(bsize) };
}

/** Every space that a run of a machine needs. */
export async function plannedSpaces(request: SpaceRequest): Promise<PlannedSpace[]> {
  const { outputDir, job } = request;
  const workDir = job.work_dir ?? outputDir;
  const [needed, output, work] = await Promise.all([
    neededBytes(request),
    storageOf(outputDir),
    storageOf(workDir),
  ]);
  return [
    { purpose: "output", path: outputDir, neededBytes: needed, ...output },
    { purpose: "work", path: workDir, neededBytes: OVERLAY_BYTES, ...work },
  ];
}
