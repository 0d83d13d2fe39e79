/**
 * The cache of built guests: one folder a recipe hash, complete or absent, built once even when several
 * processes ask at the same time.
 *
 * @module
 */
import { join } from "@std/path";
import type { BuildOptions } from "./recipe.ts";

/** Guests that nobody asked for in this time are removed. */
const KEEP_MS = 14 * 24 * 60 * 60 * 1000;

/** Where built guests are kept. */
export function cacheFolder(): string {
  const base = Deno.env.get("XDG_CACHE_HOME") || join(Deno.env.get("HOME") ?? "/tmp", ".cache");
  return join(base, "hyper2kvm", "guests");
}

/** The first 16 hex digits of the SHA-256 over texts and the contents of files. */
export async function recipeKey(parts: readonly (string | URL)[]): Promise<string> {
  const contents = await Promise.all(
    parts.map((part) => typeof part === "string" ? part : Deno.readTextFile(part)),
  );
  const bytes = new TextEncoder().encode(JSON.stringify(contents));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return digest.slice(0, 8).toHex();
}

/**
 * Returns the cached folder of a recipe, building it first if there is none.
 *
 * @param name Start of the folder's name
 * @param recipe Everything that decides the content: texts, and files by URL
 * @param build Fills the folder that it is given; a failure leaves nothing behind
 */
export async function cached(
  name: string,
  recipe: readonly (string | URL)[],
  options: BuildOptions,
  build: (partial: string) => Promise<void>,
): Promise<string> {
  const base = cacheFolder();
  const folder = join(base, `${name}-${await recipeKey(recipe)}`);
  if (await touch(folder)) return folder;
  await Deno.mkdir(base, { recursive: true });
  using lock = await Deno.open(`${folder}.lock`, { create: true, write: true });
  const notice = setTimeout(() => options.onStep?.("waiting for another process that builds the same"), 500);
  await lock.lock(true);
  clearTimeout(notice);
  if (await touch(folder)) return folder;
  const partial = `${folder}.partial`;
  await removeTree(partial); // of a builder that was killed
  await Deno.mkdir(partial);
  try {
    await build(partial);
    await Deno.rename(partial, folder);
  } catch (error) {
    await removeTree(partial);
    throw error;
  }
  await removeUnused(base, KEEP_MS);
  return folder;
}

/** Marks a folder as used now; false when there is none. */
async function touch(folder: string): Promise<boolean> {
  try {
    await Deno.utime(folder, new Date(), new Date());
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Removes the guests that nobody used for a while; what is being built is left. */
export async function removeUnused(base: string, ageMs: number): Promise<void> {
  for await (const entry of Deno.readDir(base)) {
    if (!entry.isDirectory || entry.name.endsWith(".partial")) continue;
    const { mtime } = await Deno.stat(join(base, entry.name));
    if (mtime !== null && Date.now() - mtime.getTime() > ageMs) await removeTree(join(base, entry.name));
  }
}

async function removeTree(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
