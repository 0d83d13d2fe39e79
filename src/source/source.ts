/**
 * The interface of an input kind, and the table that selects one. A kind is told by content, never by the
 * name of the file.
 *
 * @module
 */
import type { SourceDisk } from "../model/disk.ts";
import { DISK_IMAGES } from "./disk_image.ts";
import { vmdk } from "./vmdk.ts";

/** The first bytes of an input, and what the file system says of it. */
export interface InputHead {
  /** Path as given. */
  readonly path: string;
  /** The first 128 KiB at most: enough for every magic number, btrfs' at 64 KiB included. */
  readonly bytes: Uint8Array;
  /** The last 512 bytes: a fixed VHD shows itself only there. */
  readonly tail: Uint8Array;
  /** Length of the file in bytes. */
  readonly sizeBytes: number;
}

/** One input kind. */
export interface Source {
  /** Name for `--kind`, events and reports. */
  readonly kind: string;
  /** What it is, for error texts: "VMware disk". */
  readonly title: string;
  /** Whether the content is of this kind. */
  matches(head: InputHead): boolean;
  /**
   * Describes the disk; opens nothing for writing.
   *
   * @throws {MigrateError} `source/damaged` or `source/unsupported`
   */
  read(head: InputHead, signal: AbortSignal): Promise<SourceDisk>;
}

/** Every kind, in the order in which they are tried: the ones with a magic number before raw. */
export const SOURCES: readonly Source[] = [vmdk, ...DISK_IMAGES];
