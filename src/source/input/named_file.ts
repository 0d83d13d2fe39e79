/**
 * Files that a foreign description names: the name may be anything.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";

/** Whether an error means that nothing can have this name. */
export function isNoFile(error: unknown): boolean {
  const { NotFound, NotADirectory } = Deno.errors;
  return error instanceof NotFound || error instanceof NotADirectory ||
    NO_FILE.has((error as { code?: string }).code ?? "");
}

/** Codes of names that cannot be those of a file. */
const NO_FILE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP", "EINVAL"]);

/**
 * The length of a file in bytes; null when nothing but a folder, or nothing at all, can have this name, or when this
 * thread may not see it: readers of foreign data may see one folder.
 *
 * @throws {MigrateError} `permission/denied`
 */
export async function namedFileSize(path: string): Promise<number | null> {
  if (path === "" || path.includes("\0")) return null;
  try {
    const { isDirectory, size } = await Deno.stat(path);
    return isDirectory ? null : size;
  } catch (error) {
    if (isNoFile(error) || error instanceof Deno.errors.NotCapable) return null;
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new MigrateError("permission/denied", `Cannot read ${path}: permission denied.`, {
        hint: "Run as a user who may read it, or change its mode.",
        cause: error,
      });
    }
    throw error;
  }
}
