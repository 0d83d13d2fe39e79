/**
 * The file of a parent, by the paths that a child keeps of it. They are those of another machine, so the names count.
 *
 * @module
 */
import { basename, dirname, join } from "@std/path";

/** The file names at the end of paths of Windows or others, each once. */
export function fileNames(paths: readonly string[]): string[] {
  const names = paths.map((path) => basename(path.replace(/\0.*$/s, "").replaceAll("\\", "/")));
  return [...new Set(names.filter((name) => name !== "" && name !== "." && name !== ".."))];
}

/** The file beside `path` that has one of the names; Windows does not mind their case. */
export async function findBeside(path: string, names: readonly string[]): Promise<string | null> {
  const folder = dirname(path);
  const wanted = names.map((name) => name.toLowerCase());
  for await (const entry of Deno.readDir(folder)) {
    const isOther = entry.name !== basename(path);
    if (isOther && wanted.includes(entry.name.toLowerCase())) return join(folder, entry.name);
  }
  return null;
}
