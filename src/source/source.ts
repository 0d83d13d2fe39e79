/**
 * The interface of an input kind, and the table that selects one. A kind is told by content, never by the
 * name of the file.
 *
 * @module
 */
import type { Concern } from "../model/concern.ts";
import type { SourceDisk } from "../model/disk.ts";
import type { Machine } from "../model/source.ts";
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

/** What a kind may use beside the input itself. */
export interface SourceContext {
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Makes the folder for temporary files when it is first needed; only a kind that must unpack calls it. */
  readonly workDir: () => Promise<string>;
}

/** What an input holds. */
export interface FoundMachine {
  /** Disks in boot order; at least one. */
  readonly disks: readonly SourceDisk[];
  /** What the input says of the machine around them; a bare disk says nothing. */
  readonly machine?: Machine;
  /** Name of the VM, where the input has one. */
  readonly name?: string;
  /** What a person should know. */
  readonly concerns?: readonly Concern[];
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
   * Describes what the input holds; opens nothing for writing.
   *
   * @throws {MigrateError} `source/damaged` or `source/unsupported`
   */
  read(head: InputHead, context: SourceContext): Promise<FoundMachine>;
}

/** Every kind, in the order in which they are tried: the ones with a magic number before raw. */
export const SOURCES: readonly Source[] = [vmdk, ...DISK_IMAGES];
