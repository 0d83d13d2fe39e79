/**
 * Snapshots that runs which were killed have left behind: those that notes in an output folder name, and those of
 * machines that are named.
 *
 * @module
 */
import { join } from "@std/path";
import type { Concern } from "../../model/concern.ts";
import { exists } from "../../run/files.ts";
import type { VsphereSession } from "./session.ts";
import { removeNamed, removeNoted, SNAPSHOT_PREFIX } from "./snapshot.ts";
import { SNAPSHOT_NOTE } from "./snapshot_note.ts";

/** What a cleanup has done for one machine. */
export interface Cleaned {
  /** The machine, or the folder of its export. */
  readonly where: string;
  /** Names of the snapshots that are gone now. */
  readonly removed: readonly string[];
  /** What stays. */
  readonly concerns: readonly Concern[];
}

/** Removes what the notes below an output folder name. */
export async function cleanFolder(session: VsphereSession, outputDir: string): Promise<Cleaned[]> {
  const cleaned: Cleaned[] = [];
  for await (const entry of Deno.readDir(outputDir)) {
    const where = join(outputDir, entry.name);
    if (!entry.isDirectory || !await exists(join(where, SNAPSHOT_NOTE))) continue;
    const concerns: Concern[] = [];
    const removed = await removeNoted(session, where, (concern) => concerns.push(concern));
    cleaned.push({ where, removed: removed === undefined ? [] : [removed], concerns });
  }
  return cleaned;
}

/** Removes every snapshot of ours from machines; an export of them that is at work elsewhere would fail. */
export async function cleanVms(
  session: VsphereSession,
  vms: readonly { readonly id: string; readonly name: string }[],
): Promise<Cleaned[]> {
  const cleaned: Cleaned[] = [];
  for (const { id, name } of vms) {
    const isOurs = (snapshot: string): boolean => snapshot.startsWith(SNAPSHOT_PREFIX);
    const removed = await removeNamed(session, { type: "VirtualMachine", id }, isOurs);
    cleaned.push({ where: name, removed, concerns: [] });
  }
  return cleaned;
}
