/**
 * The modules that run as Workers, from the sources: `deno compile` embeds them only when they are listed.
 *
 * @module
 */
import { join, relative } from "@std/path";

const WORKER = /new Worker\(\s*new URL\(\s*["']([^"']+)["']\s*,\s*import\.meta\.url\s*\)/g;

/** Paths of the Workers that a module starts, as they stand in it. */
export function workersIn(source: string): string[] {
  return [...source.matchAll(WORKER)].map((match) => match[1]!);
}

/** Whether a module starts a Worker in whatever way. */
export function startsWorker(source: string): boolean {
  return /\bnew Worker\(/.test(source);
}

/**
 * The Workers of src and ffi that a list lacks, by path from the project's folder. A file that starts
 * Workers but names none of their modules is listed itself, so that none passes unseen.
 */
export async function unlistedWorkers(root: URL, list: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of ["src", "ffi"]) {
    for await (const file of typescriptFiles(new URL(`${folder}/`, root).pathname)) {
      const source = await Deno.readTextFile(file);
      const workers = workersIn(source).map((path) => relative(root.pathname, join(file, "..", path)));
      found.push(...workers);
      if (workers.length === 0 && startsWorker(source)) {
        found.push(`${relative(root.pathname, file)} (a Worker by variable)`);
      }
    }
  }
  return [...new Set(found)].filter((path) => !list.includes(path)).sort();
}

async function* typescriptFiles(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* typescriptFiles(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}
