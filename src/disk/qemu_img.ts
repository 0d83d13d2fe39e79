/**
 * qemu-img: its arguments as pure functions, and its JSON read into our values.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import type { DiskFormat } from "../model/disk.ts";
import { runCommand } from "../run/command.ts";

/** One image as `qemu-img info --output=json` describes it. */
export interface ImageInfo {
  /** Path of the image. */
  readonly path: string;
  /** Format by qemu's name. */
  readonly format: string;
  /** The size that the guest sees, in bytes. */
  readonly virtualSizeBytes: number;
  /** What the file takes on storage, in bytes. */
  readonly allocatedSizeBytes: number;
  /** VMDK create type, where the image is one. */
  readonly createType?: string;
  /** Files of the extents, where the format has them. */
  readonly extents: readonly string[];
  /** The backing file as the image names it. */
  readonly backingFile?: string;
}

/** Arguments of `qemu-img info`; `-U` because reading needs no lock. */
export function infoArgs(path: string, format: DiskFormat): string[] {
  return ["info", "--output=json", "-U", "-f", format, "--", path];
}

/** Arguments of `qemu-img check`. */
export function checkArgs(path: string, format: DiskFormat): string[] {
  return ["check", "-q", "-f", format, "--", path];
}

/**
 * Arguments that make a qcow2 overlay; the backing file keeps its format, never probed again.
 *
 * @param sizeBytes the size that the guest sees (default: that of the backing file)
 */
export function overlayArgs(
  overlay: string,
  backing: string,
  backingFormat: DiskFormat,
  sizeBytes?: number,
): string[] {
  const size = sizeBytes === undefined ? [] : [String(sizeBytes)];
  return ["create", "-q", "-f", "qcow2", "-b", backing, "-F", backingFormat, "--", overlay, ...size];
}

/** The members of qemu-img's JSON that are read here. */
interface RawInfo {
  readonly filename: string;
  readonly format: string;
  readonly "virtual-size": number;
  readonly "actual-size"?: number;
  readonly "backing-filename"?: string;
  readonly "format-specific"?: {
    readonly data?: {
      readonly "create-type"?: string;
      readonly extents?: readonly { readonly filename: string }[];
    };
  };
}

/** Reads the output of `qemu-img info --output=json` (QAPI type ImageInfo). */
export function parseInfo(json: string): ImageInfo {
  const raw = JSON.parse(json) as RawInfo;
  const data = raw["format-specific"]?.data;
  const createType = data?.["create-type"];
  const backingFile = raw["backing-filename"];
  return {
    path: raw.filename,
    format: raw.format,
    virtualSizeBytes: raw["virtual-size"],
    allocatedSizeBytes: raw["actual-size"] ?? 0,
    extents: (data?.extents ?? []).map((extent) => extent.filename),
    ...(createType === undefined ? {} : { createType }),
    ...(backingFile === undefined ? {} : { backingFile }),
  };
}

/** Aborted, or a segmentation fault: qemu-img has assertions that a damaged image makes fail. */
const CRASHED: readonly number[] = [134, 139];

/**
 * Describes an image.
 *
 * @throws {MigrateError} `source/damaged` when qemu cannot open it
 */
export async function imageInfo(path: string, format: DiskFormat, signal?: AbortSignal): Promise<ImageInfo> {
  const raw = format === "raw" ? await rawFile(path) : null;
  if (raw !== null) return { path, format, ...raw, extents: [] };
  const { status, stdout, stderr } = await runCommand("qemu-img", infoArgs(path, format), {
    okStatuses: [0, 1, ...CRASHED],
    ...(signal === undefined ? {} : { signal }),
  });
  if (status !== 0) throw damaged(path, format, stderr);
  return parseInfo(stdout);
}

/** Length of a sector, in bytes: qemu rounds the size of a raw file up to whole ones. */
const SECTOR_BYTES = 512;

/** A raw image in a file of its own needs no program to be described; null for any other. */
async function rawFile(
  path: string,
): Promise<Pick<ImageInfo, "virtualSizeBytes" | "allocatedSizeBytes"> | null> {
  if (path.startsWith("json:") || path.includes("://")) return null;
  try {
    const { isFile, size, blocks } = await Deno.stat(path);
    if (!isFile || blocks === null) return null;
    const virtualSizeBytes = Math.ceil(size / SECTOR_BYTES) * SECTOR_BYTES;
    return { virtualSizeBytes, allocatedSizeBytes: blocks * SECTOR_BYTES };
  } catch (error) {
    // qemu-img says what is wrong with it, in the same words as for all.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return null;
    throw error;
  }
}

/** Formats that `qemu-img check` knows. */
const CHECKED: ReadonlySet<DiskFormat> = new Set(["vmdk", "qcow2", "vdi", "vhdx"]);

/**
 * Checks the metadata of an image. qemu reads past the end of a truncated VMDK as zeros and reports
 * success, so a source is checked before anything is built on it.
 *
 * @throws {MigrateError} `source/damaged` with what qemu-img found
 */
export async function checkSource(path: string, format: DiskFormat, signal?: AbortSignal): Promise<void> {
  if (!CHECKED.has(format)) return;
  // Status 3 is leaked clusters (wasted space, no damage); 63 is "this format has no check".
  const { status, stdout, stderr } = await runCommand("qemu-img", checkArgs(path, format), {
    okStatuses: [0, 1, 2, 3, 63, ...CRASHED],
    ...(signal === undefined ? {} : { signal }),
  });
  if (status === 1 || status === 2 || CRASHED.includes(status)) {
    throw damaged(path, format, `${stdout}${stderr}`);
  }
}

function damaged(path: string, format: DiskFormat, output: string): MigrateError {
  const reason = output.trim().split("\n")[0]?.replace(/^(qemu-img: |ERROR: )/, "") ?? "unknown reason";
  return new MigrateError("source/damaged", `Cannot read ${path} as ${format}: ${reason}`, {
    hint: "Copy or export the disk again: the file is incomplete or changed on the way.",
  });
}

/** What the tables of a qcow2 image take at most: a part of its data, and what an empty image has. */
const QCOW2_TABLE_SHARE = 1 / 4096;
const QCOW2_EMPTY_BYTES = 1024 ** 2;

/**
 * How many bytes a qcow2 copy of an image will take at most, from the allocation of the image
 * (`qemu-img measure`, member "required"); compressed sources count uncompressed.
 */
export async function measure(path: string, format: DiskFormat, signal?: AbortSignal): Promise<number> {
  const raw = format === "raw" ? await rawFile(path) : null;
  if (raw !== null) return Math.ceil(raw.allocatedSizeBytes * (1 + QCOW2_TABLE_SHARE)) + QCOW2_EMPTY_BYTES;
  const args = ["measure", "--output=json", "-U", "-f", format, "-O", "qcow2", path];
  const { stdout } = await runCommand("qemu-img", args, signal === undefined ? {} : { signal });
  return (JSON.parse(stdout) as { required: number }).required;
}
