/**
 * One member of an archive, whatever the archive.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import type { Window } from "../input/window.ts";
import type { UnpackGuard } from "./limits.ts";

/** One regular member. */
export interface Member {
  /** Name as the archive has it; never absolute and never with `..`. */
  readonly name: string;
  /** Its length when unpacked, in bytes; 0 when that is known only afterwards. */
  readonly sizeBytes: number;
  /** Where its bytes lie, when they are stored as they are. */
  readonly window?: Window;
  /** Its contents, unpacked. */
  read(signal: AbortSignal, guard: UnpackGuard): AsyncIterable<Uint8Array>;
}

/** The error for an archive that is refused. */
export function refused(path: string, reason: string): MigrateError {
  return new MigrateError("source/unsupported", `Cannot read ${path}: ${reason}.`, {
    hint: "Unpack it by hand if you trust it, and name the disk inside.",
  });
}

/** The error for an archive that cannot be read. */
export function broken(path: string, reason: string): MigrateError {
  return new MigrateError("source/damaged", `Cannot read ${path}: ${reason}.`, {
    hint: "Copy or download it again: the archive is incomplete or changed on the way.",
  });
}

/**
 * A member's name with forward slashes and without `.` parts.
 *
 * @throws {MigrateError} `source/unsupported` for one that leads out of the archive
 */
export function safeName(raw: string, path: string): string {
  const name = raw.replaceAll("\\", "/");
  const parts = name.split("/");
  if (name.startsWith("/") || /^[A-Za-z]:/.test(name)) throw refused(path, `${raw} is an absolute name`);
  if (parts.includes("..")) throw refused(path, `${raw} leads out of the archive`);
  if (raw.includes("\0")) throw refused(path, "a member's name has a zero byte");
  return parts.filter((part) => part !== "" && part !== ".").join("/");
}
