/**
 * Whether files have stayed as they were.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { sha256OfFile } from "../disk/checksum.ts";

/** SHA-256 of the files and of all that are beside them, by path. */
export async function digestsBeside(paths: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const folder of new Set(paths.map((path) => dirname(path)))) {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      const path = join(folder, name);
      if (isFile) found[path] = await sha256OfFile(path, new AbortController().signal);
    }
  }
  return found;
}
