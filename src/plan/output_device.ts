/**
 * Preflight rule: the block devices that disks are written to are large enough, free, and empty or given up.
 *
 * @module
 */
import type { SourceDisk } from "../model/disk.ts";
import { size } from "../ui/size.ts";
import type { Finding, PreflightRule } from "./rule.ts";

/** How much of the beginning of an empty device is zeros: every partition table and most filesystems show there. */
const HEAD_BYTES = 1024 * 1024;

/** Stops when a device cannot be written, or holds something and `--force` is not given. */
export const outputDevice: PreflightRule = {
  id: "output/device",
  async check({ job, source, own = [], isWritten }): Promise<Finding | null> {
    const devices = job.output_device;
    if (devices.length === 0 || isWritten === true) return null;
    if (devices.length !== source.disks.length) {
      return critical(
        "usage/bad-value",
        `Cannot write to ${devices.join(", ")}: the machine has ${source.disks.length} disks.`,
        "Name one device for each disk, in order.",
      );
    }
    for (const [index, path] of devices.entries()) {
      const finding = await checkDevice(path, source.disks[index]!, job.force || own.includes(path));
      if (finding !== null) return finding;
    }
    return null;
  },
};

async function checkDevice(path: string, disk: SourceDisk, mayReplace: boolean): Promise<Finding | null> {
  const device = await deviceOf(path);
  if (device === null) {
    return critical("usage/bad-value", `Cannot write to ${path}: it is no block device.`, "See lsblk.");
  }
  const user = await userOf(device);
  if (user !== null) {
    return critical(
      "permission/denied",
      `Cannot write to ${path}: ${user}.`,
      "Choose a device that is free.",
    );
  }
  using file = await Deno.open(path);
  const sizeBytes = await file.seek(0, Deno.SeekMode.End);
  if (sizeBytes < disk.virtualSizeBytes) {
    return critical(
      "space/full",
      `Cannot write to ${path}: it has ${size(sizeBytes)}, the disk ${size(disk.virtualSizeBytes)}.`,
      "Choose a larger device.",
    );
  }
  if (mayReplace || await isEmpty(file)) return null;
  return critical(
    "usage/output-exists",
    `Cannot write to ${path}: it holds something.`,
    "Use --force to overwrite it.",
  );
}

function critical(
  code: "usage/bad-value" | "usage/output-exists" | "space/full" | "permission/denied",
  message: string,
  hint: string,
): Finding {
  return { id: "output/device", severity: "critical", code, message, hint };
}

/** `8:16`, as the kernel names devices; null for what is none. */
async function deviceOf(path: string): Promise<string | null> {
  try {
    const { isBlockDevice, rdev } = await Deno.stat(path);
    if (isBlockDevice !== true || rdev === null) return null;
    // The layout of dev_t in glibc: gnu_dev_major(3), gnu_dev_minor(3).
    const [high, low] = [Math.floor(rdev / 2 ** 32), rdev % 2 ** 32];
    const major = ((low >>> 8) & 0xfff) + (high & 0xfffff000);
    return `${major}:${(low & 0xff) + ((low >>> 12) & 0xfff00)}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Who uses a device or a part of it: a mount, a swap area, or another device on top of it. */
async function userOf(device: string): Promise<string | null> {
  const folder = `/sys/dev/block/${device}`;
  const parts = [device];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name === "holders") {
      for await (const holder of Deno.readDir(`${folder}/holders`)) return `${holder.name} is on it`;
    } else if (isDirectory) {
      const part = await readOr(`${folder}/${name}/dev`);
      if (part !== "") parts.push(part.trim());
    }
  }
  const mounts = await readOr("/proc/self/mountinfo");
  for (const line of mounts.split("\n")) {
    const [, , at, , place] = line.split(" ");
    if (at !== undefined && parts.includes(at)) return `it is mounted on ${place}`;
  }
  return null;
}

async function readOr(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

async function isEmpty(file: Deno.FsFile): Promise<boolean> {
  await file.seek(0, Deno.SeekMode.Start);
  const buffer = new Uint8Array(HEAD_BYTES);
  const length = await file.read(buffer) ?? 0;
  return buffer.subarray(0, length).every((byte) => byte === 0);
}
