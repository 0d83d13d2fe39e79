/**
 * A way in which disks leave a server. Each is one file in this folder and one row of `table.ts`.
 *
 * @module
 */
import type { Job } from "../../../config/schema.ts";
import type { Concern } from "../../../model/concern.ts";
import type { VsphereSession } from "../session.ts";
import type { VmDetails, VmDisk } from "../machines/vm.ts";

/** How disks are exported. */
export interface ExportVmOptions {
  /** The options that the user gave; a mode reads its own. */
  readonly job: Partial<Job>;
  /** Id of the snapshot to read, of a machine that is on; none for one that is off. */
  readonly snapshot?: string;
  /** Stops the export. */
  readonly signal: AbortSignal;
  /** Receives the progress of a disk, by its index. */
  readonly onProgress: (disk: number, doneBytes: number, totalBytes: number) => void;
  /** Receives what a person should know. */
  readonly onConcern: (concern: Concern) => void;
}

/** An exported disk. */
export interface LocalDisk {
  /** The disk on the server. */
  readonly disk: VmDisk;
  /** Name of the image in the folder. */
  readonly file: string;
  /** Kind of source that reads it, such as `raw`; without it the content decides. */
  readonly kind?: string;
  /** Removes what was kept for a second run. */
  settle(): Promise<void>;
}

/**
 * Exports every disk of a machine into a folder, in order; the folder is there, and its name is that of the
 * machine. An earlier attempt may have left files in it, which a mode goes on with as far as it can.
 *
 * @throws {MigrateError} what went wrong; the other machines of a run go on
 */
export type ExportDisks = (
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  options: ExportVmOptions,
) => Promise<LocalDisk[]>;

/** What a mode can take along; what it cannot is in its way. */
export interface Carries {
  /** Machines that are on, through a snapshot. */
  readonly running: boolean;
  /** Disks that are deltas on others. */
  readonly deltas: boolean;
  /** Devices of the storage (RDM). */
  readonly rawDevices: boolean;
  /** Whether it needs change tracking. */
  readonly needsChangeTracking?: true;
}

/** One row of the table. */
export interface ModeRow {
  /** What it does, in words for `--help` and reports. */
  readonly title: string;
  /** What it can take along. */
  readonly carries: Carries;
  /** Privileges that the user needs on the machine or its datastores, as vSphere names them. */
  readonly privileges: readonly string[];
  /** File whose presence says that a machine is complete, where it is not `source.json`. */
  readonly marker?: string;
  /** Loads the code. */
  readonly load: () => Promise<ExportDisks>;
}

/** Names of the disks without extension: the machine's, then with numbers. */
export function diskNames(stem: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => index === 0 ? stem : `${stem}-${index + 1}`);
}
