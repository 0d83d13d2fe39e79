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

/** Members on their way into a folder of the work folder; the limits are those of all together. */
export class Unpacking {
  /** The folder. */
  readonly folder: string;
  readonly #archive: string;
  readonly #guard: UnpackGuard;
  readonly #signal: AbortSignal;

  private constructor(folder: string, archive: string, context: SourceContext) {
    this.folder = folder;
    this.#archive = archive;
    this.#guard = new UnpackGuard(archive, limitsOf(context));
    this.#signal = context.signal;
  }

  /** Makes a new folder. */
  static async start(archive: string, context: SourceContext): Promise<Unpacking> {
    const folder = await Deno.makeTempDir({ dir: await context.workDir(), prefix: "unpacked-" });
    return new Unpacking(folder, archive, context);
  }

  /**
   * Unpacks members with the paths that they have in the archive.
   *
   * @throws {MigrateError} `source/unsupported` above a limit, `source/damaged`, `space/full`
   */
  async add(members: readonly Member[]): Promise<void> {
    for (const member of members) {
      const path = join(this.folder, member.name);
      try {
        await Deno.mkdir(dirname(path), { recursive: true });
        await writeSparse(member.read(this.#signal, this.#guard), path, this.#guard, this.#signal);
      } catch (error) {
        throw asUserError(error, this.#archive, member.name);
      }
    }
  }
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
