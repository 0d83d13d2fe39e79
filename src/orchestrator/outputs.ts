/**
 * Names in the output folder.
 *
 * @module
 */
import { isAbsolute, join } from "@std/path";
import type { Job } from "../config/schema.ts";
import type { CopyTarget } from "../disk/copy.ts";
import type { SourceDisk } from "../model/disk.ts";
import { MigrateError } from "../model/error.ts";
import type { DiscoveredSource } from "../model/source.ts";

/** What of a job decides how its disks are written. */
export type OutputJob = Pick<
  Job,
  "format" | "disk_name" | "output_device" | "compress" | "compress_level" | "preallocate" | "linked"
>;

/** Paths of the disks: their devices, or `NAME.qcow2`, `NAME-2.qcow2` and so on. */
export function outputPaths(
  folder: string,
  source: Pick<DiscoveredSource, "name" | "disks">,
  job: OutputJob,
): string[] {
  const name = job.disk_name ?? source.name;
  return source.disks.map((_disk, index) =>
    job.output_device[index] ?? join(folder, `${name}${index === 0 ? "" : `-${index + 1}`}.${job.format}`)
  );
}

/**
 * How each disk is written.
 *
 * @throws {MigrateError} `source/unsupported` for disks that are to stand on what is no raw file
 */
export function copyTargets(
  folder: string,
  source: Pick<DiscoveredSource, "name" | "disks">,
  job: OutputJob,
): CopyTarget[] {
  const { format, compress, compress_level: compressLevel, preallocate } = job;
  return outputPaths(folder, source, job).map((path, index) => ({
    path,
    format,
    ...(compress === undefined ? {} : { compress }),
    ...(compressLevel === undefined ? {} : { compressLevel }),
    ...(preallocate === undefined ? {} : { preallocate }),
    ...(job.linked ? { backing: backingOf(source.disks[index]!) } : {}),
    ...(index < job.output_device.length ? { isDevice: true } : {}),
  }));
}

function backingOf({ path, image, format }: SourceDisk): string {
  if (format === "raw" && isAbsolute(image)) return image;
  throw new MigrateError(
    "source/unsupported",
    `Cannot make a disk that stands on ${path}: it is no raw file.`,
    {
      hint: "--linked is for vsphere cutover.",
    },
  );
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
