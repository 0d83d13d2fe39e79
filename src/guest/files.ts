/**
 * The files of a guest as a fix sees them, whatever stands behind: a libguestfs handle, a running guest
 * over SSH, or a map in a test.
 *
 * @module
 */

/** Reads a guest's files. Paths are absolute in the guest. */
export interface GuestFiles {
  /**
   * The text of a file, null when it does not exist (a dangling link counts as absent).
   *
   * @throws {MigrateError} `guest/unsupported` when it is not UTF-8 or over 4 MiB
   */
  readText(path: string): Promise<string | null>;
  /** Whether anything exists at the path, links followed. */
  exists(path: string): Promise<boolean>;
  /** Names in a directory, sorted, without `.` and `..`; empty when there is none. */
  list(directory: string): Promise<readonly string[]>;
  /** Length of a file in bytes, links followed; null when there is none. */
  sizeBytes(path: string): Promise<number | null>;
  /** The path with every link resolved; null when there is none. */
  realPath(path: string): Promise<string | null>;
  /** Where the symbolic link at the path points, as written in it; null when no link is there. */
  readLink(path: string): Promise<string | null>;
  /** Copies a file to the host. */
  download(path: string, hostPath: string): Promise<void>;
  /** Copies several files to one host folder as a tar, in one call; names as given, without the leading slash. */
  downloadTar(directory: string, hostPath: string): Promise<void>;
}
