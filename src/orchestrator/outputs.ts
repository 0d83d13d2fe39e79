/**
 * Names in the output folder.
 *
 * @module
 */
import { join } from "@std/path";
import type { Job } from "../config/schema.ts";
import type { CopyTarget } from "../disk/copy.ts";
import type { DiscoveredSource } from "../model/source.ts";

/** What of a job decides how its disks are written. */
export type OutputJob = Pick<
  Job,
  "format" | "disk_name" | "output_device" | "compress" | "compress_level" | "preallocate"
>;

/** Paths of the disks: their devices, or `NAME.qcow2`, `NAME-2.qcow2` and so on. */
export function outputPaths(folder: string, source: DiscoveredSource, job: OutputJob): string[] {
  const name = job.disk_name ?? source.name;
  return source.disks.map((_disk, index) =>
    job.output_device[index] ?? join(folder, `${name}${index === 0 ? "" : `-${index + 1}`}.${job.format}`)
  );
}

/** How each disk is written. */
export function copyTargets(folder: string, source: DiscoveredSource, job: OutputJob): CopyTarget[] {
  const { format, compress, compress_level: compressLevel, preallocate } = job;
  return outputPaths(folder, source, job).map((path, index) => ({
    path,
    format,
    ...(compress === undefined ? {} : { compress }),
    ...(compressLevel === undefined ? {} : { compressLevel }),
    ...(preallocate === undefined ? {} : { preallocate }),
    ...(index < job.output_device.length ? { isDevice: true } : {}),
  }));
}

/** Path of the libvirt definition. */
export function definitionPath(folder: string, name: string): string {
  return join(folder, `${name}.xml`);
}

/** Path of the SHA-256 of the disks. */
export function manifestPath(folder: string, name: string): string {
  return join(folder, `${name}.sha256`);
}

/** Path of the image with data for cloud-init. */
export function seedIsoPath(folder: string, name: string): string {
  return join(folder, `${name}-seed.iso`);
}

/** Folder of console logs and screenshots. */
export function evidencePath(folder: string): string {
  return join(folder, "evidence");
}
