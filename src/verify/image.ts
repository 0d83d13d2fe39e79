/**
 * Checks that an image is sound: it opens, and its metadata has no damage.
 *
 * @module
 */
import { type ImageInfo, imageInfo } from "../disk/qemu_img.ts";
import type { DiskFormat } from "../model/disk.ts";
import { MigrateError } from "../model/error.ts";
import { runCommand } from "../run/command.ts";

/** What the check of an image found. */
export interface ImageCheck {
  /** Path of the image. */
  readonly path: string;
  /** Format by qemu's name. */
  readonly format: string;
  /** The size that the guest sees, in bytes. */
  readonly virtualSizeBytes: number;
  /** What the file takes on storage, in bytes. */
  readonly allocatedSizeBytes: number;
  /** Whether the format has metadata that can be checked; a raw image has none. */
  readonly checked: boolean;
  /** Clusters that take space and hold nothing. Wasteful, and no damage. */
  readonly leakedClusters: number;
}

/** What `qemu-img check` says of the metadata. */
export interface CheckResult {
  /** False for formats without a check. */
  readonly checked: boolean;
  /** Damaged places, and errors of the check itself. */
  readonly errors: number;
  /** Clusters that take space and hold nothing. */
  readonly leakedClusters: number;
}

/** Exit status of `qemu-img check` for a format that has no check (qemu-img(1)). */
const NO_CHECK = 63;

/** Arguments of the check, with its result as JSON. */
export function imageCheckArgs(path: string, format: DiskFormat): string[] {
  return ["check", "--output=json", "-f", format, "--", path];
}

/**
 * Reads the output of `qemu-img check --output=json` (QAPI type ImageCheck).
 *
 * @param status Exit status: 0 sound, 1 not checked, 2 damaged, 3 leaked clusters, 63 no check for the format
 */
export function parseCheck(status: number, stdout: string): CheckResult {
  if (status === NO_CHECK) return { checked: false, errors: 0, leakedClusters: 0 };
  if (!stdout.trimStart().startsWith("{")) return { checked: true, errors: 1, leakedClusters: 0 };
  const raw = JSON.parse(stdout) as { "check-errors"?: number; corruptions?: number; leaks?: number };
  const errors = (raw["check-errors"] ?? 0) + (raw.corruptions ?? 0);
  const silent = errors === 0 && (status === 1 || status === 2);
  return { checked: true, errors: silent ? 1 : errors, leakedClusters: raw.leaks ?? 0 };
}

/**
 * Checks an image.
 *
 * @throws {MigrateError} `disk/damaged` when it cannot be opened as this format or its metadata is damaged
 */
export async function checkImage(
  path: string,
  format: DiskFormat,
  signal?: AbortSignal,
): Promise<ImageCheck> {
  const info = await openInfo(path, format, signal);
  const { status, stdout, stderr } = await runCommand("qemu-img", imageCheckArgs(path, format), {
    okStatuses: [0, 1, 2, 3, NO_CHECK],
    ...(signal === undefined ? {} : { signal }),
  });
  const { checked, errors, leakedClusters } = parseCheck(status, stdout);
  if (errors > 0) throw damaged(path, stderr.trim().split("\n")[0] || `${errors} errors in its metadata`);
  const { virtualSizeBytes, allocatedSizeBytes } = info;
  return { path, format, virtualSizeBytes, allocatedSizeBytes, checked, leakedClusters };
}

/** The image's description; what is wrong with a source is wrong with this image too. */
async function openInfo(path: string, format: DiskFormat, signal?: AbortSignal): Promise<ImageInfo> {
  try {
    return await imageInfo(path, format, signal);
  } catch (error) {
    if (!(error instanceof MigrateError) || error.code !== "source/damaged") throw error;
    throw damaged(path, error.message, error);
  }
}

function damaged(path: string, reason: string, cause?: unknown): MigrateError {
  const message = `Cannot accept ${path}: ${reason.replace(/^(qemu-img: |ERROR:? )/, "")}`;
  return new MigrateError("disk/damaged", message, {
    stage: "verify",
    hint: "Convert the source again; if this comes back, check the storage.",
    cause,
  });
}
