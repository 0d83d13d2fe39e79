/**
 * Disks: as they were found, and as they were written.
 *
 * @module
 */

/** Image formats, by the names that qemu uses. */
export type DiskFormat = "vmdk" | "qcow2" | "raw" | "vdi" | "vhdx" | "vpc" | "luks";

/** The controller that a disk sat on in the source VM. */
export type DiskController = "scsi" | "ide" | "sata" | "nvme" | "virtio" | "unknown";

/** A file on another machine, as it was when it was looked at. */
export interface RemoteFile {
  /** Its address: `ssh://host/path`. */
  readonly address: string;
  /** Length in bytes. */
  readonly sizeBytes: number;
  /** When it was written last, in milliseconds since 1970. */
  readonly mtimeMs: number;
}

/** One disk of the source, in boot order. Never written. */
export interface SourceDisk {
  /** Path of the file that holds the image, or its address when it is remote. */
  readonly path: string;
  /** What qemu opens: the absolute path, or a `json:` description of an image inside another file. */
  readonly image: string;
  /** Image format. */
  readonly format: DiskFormat;
  /** The size that the guest sees, in bytes. */
  readonly virtualSizeBytes: number;
  /** What the files take on storage, in bytes, backing files included. */
  readonly allocatedSizeBytes: number;
  /** The files that make up the image (descriptor, extents, backing chain). */
  readonly files: readonly string[];
  /** Files of the image that stay on another machine. */
  readonly remoteFiles?: readonly RemoteFile[];
  /** Format details for people, such as the VMDK subformat. */
  readonly detail?: string;
  /** Where it sat in the source VM. */
  readonly controller?: DiskController;
  /** Which controller of that kind, from 0. */
  readonly controllerNumber?: number;
  /** Its unit on that controller. */
  readonly slot?: number;
}

/** One finished disk. */
export interface OutputDisk {
  /** Final path on the host. */
  readonly path: string;
  /** Image format. */
  readonly format: DiskFormat;
  /** The size that the guest sees, in bytes. */
  readonly virtualSizeBytes: number;
  /** What it takes on storage, in bytes. */
  readonly allocatedSizeBytes: number;
  /** SHA-256 of the file in hex, where it was asked for; of a device as far as the guest sees it. */
  readonly sha256?: string;
  /** Whether the path is a block device. */
  readonly isDevice?: boolean;
}
