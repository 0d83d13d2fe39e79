/**
 * What a plugin consists of: its file and those that it imports by a relative path.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { dirname, resolve } from "@std/path";

/** Specifiers of static imports, of exports from elsewhere, and of import(). */
const RELATIVE_IMPORT = /\b(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g;

/** SHA-256 over the files of a plugin: it changes when the content of one does, and not when they are moved. */
export async function contentDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  const seen = new Set([path]);
  for (const file of seen) {
    const text = await Deno.readTextFile(file);
    hash.update(`${text.length}\n`).update(text);
    for (const [, specifier] of text.matchAll(RELATIVE_IMPORT)) {
      const imported = resolve(dirname(file), specifier!);
      if (await isFile(imported)) seen.add(imported);
    }
  }
  return hash.digest("hex");
}

/** What looks like an import in a comment may not be there. */
async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
