/**
 * Runs every fix over a guest and gathers what they would change, writing nothing.
 *
 * @module
 */
import { CachedFiles } from "../guest/cached_files.ts";
import type { Change, LeftAlone } from "../model/change.ts";
import type { Concern } from "../model/concern.ts";
import { cancelled, MigrateError } from "../model/error.ts";
import type { Fix, FixContext, FixPlan } from "./fix.ts";
import { PlannedFiles } from "./planned_files.ts";
import { LINUX_FIXES } from "./registry.ts";

/**
 * Plans the fixes in order, each on the files as those before it leave them. When two fixes change one
 * file, the second change starts from where the first ends. A fix that has nothing to do with the guest is
 * in `leftAlone`.
 *
 * @param skipped ids of fixes that are left out; the result says so
 * @throws {MigrateError} `fix/failed` naming the fix that failed; `usage/bad-value` for an unknown id in `skipped`;
 * `run/cancelled`
 */
export async function planFixes(
  context: FixContext,
  fixes: readonly Fix[] = LINUX_FIXES,
  skipped: readonly string[] = [],
): Promise<FixPlan> {
  checkSkipped(skipped, fixes);
  const cached = CachedFiles.over(context.files);
  // With these listings the cache knows of most files that fixes look for that they are not there.
  for (const folder of ["/", "/etc", "/boot"]) await cached.list(folder);
  const files = new PlannedFiles(cached);
  const changes: Change[] = [];
  const leftAlone: LeftAlone[] = [];
  const concerns: Concern[] = [];
  for (const fix of fixes) {
    if (context.signal.aborted) throw cancelled("fix");
    if (skipped.includes(fix.id)) {
      leftAlone.push({ fix: fix.id, reason: `${fix.title}: left out by --skip-fix` });
      continue;
    }
    if (!fix.applies(context.guest)) {
      leftAlone.push({ fix: fix.id, reason: `${fix.title}: nothing of the kind in this guest` });
      continue;
    }
    const plan = await planOne(fix, { ...context, files }, files);
    changes.push(...plan.changes);
    leftAlone.push(...plan.leftAlone);
    concerns.push(...plan.concerns);
  }
  return { changes, leftAlone, concerns };
}

function checkSkipped(skipped: readonly string[], fixes: readonly Fix[]): void {
  const unknown = skipped.find((id) => !fixes.some((fix) => fix.id === id));
  if (unknown === undefined) return;
  throw new MigrateError(
    "usage/bad-value",
    `Cannot leave out the fix ${unknown}: there is none of this name.`,
    {
      stage: "fix",
      hint: `The fixes are ${fixes.map(({ id }) => id).join(", ")}.`,
    },
  );
}

async function planOne(fix: Fix, context: FixContext, files: PlannedFiles): Promise<FixPlan> {
  try {
    const plan = await fix.plan(context);
    for (const change of plan.changes) await files.add(change);
    return plan;
  } catch (error) {
    if (error instanceof MigrateError && error.code === "run/cancelled") throw error;
    const hint = error instanceof MigrateError ? error.hint : undefined;
    throw new MigrateError("fix/failed", `Cannot plan the fix ${fix.id}: ${(error as Error).message}`, {
      stage: "fix",
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}
