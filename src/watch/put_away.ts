/**
 * Where the files of an arrival go when it has ended: `done/` or `failed/` in the watched folder.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { exists } from "../run/files.ts";
import type { QueueItem } from "./queue.ts";
import { DONE, FAILED } from "./scan.ts";

/** The folder for the files of an ended arrival, as names below the watched folder. */
const shelf = ({ state }: QueueItem): string => state === "failed" ? FAILED : DONE;

/** Where an arrival may lie: as it was named, or in a folder of its own where that was taken. */
function places(item: QueueItem): [string, string] {
  return [shelf(item), join(shelf(item), `${item.name}.${item.id}`)];
}

/**
 * Moves the files. After a kill in the middle the same call moves the rest to the same place.
 *
 * @returns The path that the source has now, relative to the folder
 */
export async function putAway(folder: string, item: QueueItem): Promise<string> {
  const [usual, own] = places(item);
  let place = usual;
  for (const { path } of item.files) {
    if (await exists(join(folder, path)) && await exists(join(folder, usual, path))) place = own;
  }
  for (const { path } of item.files) {
    const target = join(folder, place, path);
    if (!await exists(join(folder, path))) continue;
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.rename(join(folder, path), target);
  }
  if (item.state === "failed") {
    await Deno.mkdir(dirname(join(folder, place, item.path)), { recursive: true });
    await Deno.writeTextFile(
      join(folder, place, `${item.path}.error.txt`),
      `${item.summary ?? "It failed."}\n`,
    );
  }
  await removeEmpty(
    new Set(item.files.map(({ path }) => dirname(path)).filter((one) => one !== ".")),
    folder,
  );
  return join(place, item.path);
}

/** The files of an arrival that was put away, in order; null when one is no longer there. */
export async function whereIs(folder: string, item: QueueItem): Promise<string[] | null> {
  for (const place of places(item).reverse()) {
    const paths = item.files.map(({ path }) => join(folder, place, path));
    if ((await Promise.all(paths.map(exists))).every((one) => one)) return paths;
  }
  return null;
}

/** A folder that came in with a machine goes when nothing is left in it. */
async function removeEmpty(folders: ReadonlySet<string>, above: string): Promise<void> {
  for (const name of folders) {
    const path = join(above, name);
    if (!await exists(path)) continue;
    const entries = await Array.fromAsync(Deno.readDir(path));
    if (entries.length === 0) await Deno.remove(path);
  }
}
