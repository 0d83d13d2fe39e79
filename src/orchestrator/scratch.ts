/**
 * The fixed overlays of a machine between `fix` and `verify`: kept for the next run whatever ends this one, so that
 * it goes on with the copy.
 *
 * @module
 */
import { dirname } from "@std/path";
import { removeSockets } from "../guest/appliance.ts";
import { endProcessesOf } from "../run/leftover_processes.ts";
import { isStale, keepFolder, removeUnlessKept, unkeepFolder } from "../run/workdir.ts";
import { exists, removeIfThere } from "../run/files.ts";
import type { StepRecord } from "./journal.ts";
import type { Findings } from "./migration.ts";

/** The folder that holds what a later run can go on with; undefined when there is nothing of that kind. */
export function scratchFolder({ source, overlays, outputs }: Findings): string | undefined {
  const [first] = overlays ?? [];
  if (first === undefined || outputs !== undefined) return undefined;
  const folder = dirname(first.path);
  // A download or an unpacked disk is made anew by every run, and a second one beside it would cost too much.
  const isMade = source?.disks.some((disk) => disk.files.some((file) => file.startsWith(`${folder}/`)));
  // What is read over a socket is gone with the process that served it.
  const isServed = source?.disks.some((disk) => /^nbd|"driver":\s*"nbd"/.test(disk.image));
  return isMade === true || isServed === true ? undefined : folder;
}

/** The files of that folder which must not change until then. */
export function scratchFiles({ overlays = [], probe }: Findings): string[] {
  return [...overlays.map(({ path }) => path), ...probe?.overlays ?? []];
}

/** Keeps the folder from here on. */
export const keepScratch = keepFolder;

/** Lets the folder go: the disks are finished. */
export async function releaseScratch(found: Findings): Promise<void> {
  const [first] = found.overlays ?? [];
  if (first !== undefined) await unkeepFolder(dirname(first.path));
}

/** Takes over the folder of an earlier run: it goes when the disks are finished, as one of this run would. */
export async function adoptScratch(found: Findings, resources: AsyncDisposableStack): Promise<void> {
  const folder = scratchFolder(found);
  if (folder === undefined) return;
  await endProcessesOf(folder);
  resources.defer(() => removeUnlessKept(folder));
}

/** Removes the folder that an earlier run has kept and that is of no use any more. */
export async function dropScratch(steps: readonly StepRecord[]): Promise<void> {
  for (const { found } of steps) {
    const [first] = found.overlays ?? [];
    if (first === undefined) continue;
    const folder = dirname(first.path);
    if (!await exists(folder) || !await isStale(folder)) continue;
    await endProcessesOf(folder);
    await removeSockets(folder);
    await removeIfThere(folder, true);
  }
}
