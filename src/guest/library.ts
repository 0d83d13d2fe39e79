/**
 * Whether libguestfs can be used, and which one it is: no appliance is launched.
 *
 * @module
 */
import { Guestfs, LIBGUESTFS } from "../../ffi/guestfs/mod.ts";
import { MigrateError } from "../model/error.ts";

/** How libguestfs is installed, for the hint. */
const INSTALL = "Install it: apt-get install libguestfs0 (libguestfs0t64 on newer Debian and Ubuntu), " +
  "or dnf install libguestfs.";

/**
 * The version of libguestfs, such as `1.48.6`. Takes a few milliseconds.
 *
 * @param library Soname or path
 * @throws {MigrateError} `library/missing`, or `library/incompatible` when it lacks what we need
 */
export function libguestfsVersion(library: string = LIBGUESTFS): string {
  try {
    using guest = new Guestfs({ library });
    const { major, minor, release, extra } = guest.call("version");
    return `${major}.${minor}.${release}${extra}`;
  } catch (error) {
    throw libraryFailure(library, error);
  }
}

/** What dlopen's error means; permission errors of Deno pass unchanged. */
function libraryFailure(library: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Deno.errors.NotCapable) return error;
  const missing = error.message.startsWith("Could not open library");
  // A library that lacks something of its own says so by another name than ours.
  const itself = missing && error.message.includes(`${library}: cannot open shared object file`);
  if (itself) {
    return new MigrateError("library/missing", `Cannot open ${library}: libguestfs is not installed.`, {
      hint: INSTALL,
      cause: error,
    });
  }
  const code = missing ? "library/missing" : "library/incompatible";
  return new MigrateError(code, `Cannot use ${library}: ${error.message}`, { hint: INSTALL, cause: error });
}
