/**
 * Small questions and deeds on files of the host.
 *
 * @module
 */

/** Whether anything is at the path, links followed. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Removes a file, or with `recursive` a folder; one that is not there is fine. */
export async function removeIfThere(path: string, recursive = false): Promise<void> {
  try {
    await Deno.remove(path, { recursive });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Flushes a file, or the entries of a folder, to storage. */
export async function syncFile(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true });
  await file.sync();
}

/** Writes a file as a whole: under its name there is what was there before, or all of the text on storage. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const partial = `${path}.partial`;
  await Deno.writeTextFile(partial, text);
  await syncFile(partial);
  await Deno.rename(partial, path);
}
