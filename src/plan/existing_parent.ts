/**
 * The nearest folder above a path that exists.
 *
 * @module
 */
import { dirname, resolve } from "@std/path";

/** The path itself when it exists, else the nearest parent that does. */
export async function existingParent(path: string): Promise<string> {
  for (let current = resolve(path);; current = dirname(current)) {
    try {
      await Deno.stat(current);
      return current;
    } catch (error) {
      const absent = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
      if (!absent || current === dirname(current)) throw error;
    }
  }
}
