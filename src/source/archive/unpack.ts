/**
 * Writes members into the work folder, and nowhere else.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { MigrateError } from "../../model/error.ts";
import type { SourceContext } from "../source.ts";
import { limitsOf, UnpackGuard } from "./limits.ts";
import type { Member } from "./member.ts";
import { writeSparse } from "./sparse_file.ts";

/** Makes a new folder inside the work folder. */
async function newFolder(context: SourceContext): Promise<string> {
  return await Deno.makeTempDir({ dir: await context.workDir(), prefix: "unpacked-" });
}

/**
 * Unpacks members with the paths that they have in the archive; returns the path of the folder.
 *
 * @throws {MigrateError} `source/unsupported` above a limit, `source/damaged`, `space/full`
 */
export async function unpackMembers(
  members: readonly Member[],
  archive: string,
  context: SourceContext,
): Promise<string> {
  const folder = await newFolder(context);
  const guard = new UnpackGuard(archive, limitsOf(context));
  for (const member of members) {
    const path = join(folder, member.name);
    try {
      await Deno.mkdir(dirname(path), { recursive: true });
      await writeSparse(member.read(context.signal, guard), path, guard, context.signal);
    } catch (error) {
      throw asUserError(error, archive, member.name);
    }
  }
  return folder;
}

function asUserError(error: unknown, archive: string, name: string): unknown {
  if (error instanceof Deno.errors.AlreadyExists || error instanceof Deno.errors.NotADirectory) {
    return new MigrateError("source/damaged", `Cannot unpack ${archive}: ${name} is in it twice.`, {
      hint: "Unpack it by hand, and name the disk inside.",
      cause: error,
    });
  }
  const code = (error as { code?: string }).code;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new MigrateError("space/full", `Cannot unpack ${name} from ${archive}: no space is left.`, {
      hint: "Free some space, or choose another folder with --work-dir.",
      cause: error,
    });
  }
  if (code === "ENAMETOOLONG") {
    return new MigrateError("source/unsupported", `Cannot unpack ${archive}: a name in it is too long.`, {
      hint: "Unpack it by hand, and name the disk inside.",
      cause: error,
    });
  }
  return error;
}
