/**
 * What the journal gets of a completed step: its findings as far as a later run can go on with them.
 *
 * @module
 */
import type { Stage } from "../model/stage.ts";
import { fileIdentity } from "./identity.ts";
import type { StepRecord } from "./journal.ts";
import type { Progress } from "./machine.ts";
import { type Findings, vmName } from "./migration.ts";
import { keepScratch, releaseScratch, scratchFiles, scratchFolder } from "./scratch.ts";

/**
 * What the journal keeps of the findings of each step. The steps that are missing are done anew in every run: they
 * are quick, and what they find may have changed.
 */
const KEPT_FINDINGS: Readonly<Partial<Record<Stage, readonly (keyof Findings)[]>>> = {
  open: [],
  inspect: ["guest", "nics"],
  fix: ["changes", "leftAlone", "outputs", "overlays", "probe", "v2vMachine", "seedIso"],
  copy: ["outputs", "v2vMachine"],
  verify: ["outputs"],
  prove: ["proof"],
  define: ["definition", "definedOn"],
};

/** Puts a completed step into the journal, with what a later run needs to go on behind it. */
export async function recordStep(
  { migration, journal }: Pick<Progress, "migration" | "journal">,
  found: Findings,
  step: Omit<StepRecord, "found" | "products">,
): Promise<void> {
  const keys = KEPT_FINDINGS[step.stage];
  if (keys === undefined || journal === undefined) return;
  const scratch = step.stage === "fix" ? scratchFolder(migration.found) : undefined;
  const all = scratch === undefined ? found : migration.found;
  const files = [...productsOf(found), ...(scratch === undefined ? [] : scratchFiles(all))];
  const products = await Promise.all(files.map(fileIdentity));
  journal.record(vmName(migration), { ...step, found: keep(all, keys), products });
  // Kept only once the journal knows of it: a folder of which nothing knows is swept away.
  if (scratch !== undefined) await keepScratch(scratch);
  if (found.outputs !== undefined) await releaseScratch(migration.found);
}

function keep(found: Findings, keys: readonly (keyof Findings)[]): Findings {
  return Object.fromEntries(keys.flatMap((key) => found[key] === undefined ? [] : [[key, found[key]]]));
}

function productsOf({ outputs = [], definition, seedIso }: Findings): string[] {
  return [...outputs.map((disk) => disk.path), ...[definition, seedIso].filter((path) => path !== undefined)];
}
