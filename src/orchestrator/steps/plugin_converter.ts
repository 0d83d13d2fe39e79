/**
 * Step `fix` with `--converter`: a plugin's converter in place of the built-in fixes.
 *
 * @module
 */
import { withoutSecrets } from "../../model/change.ts";
import { selectConverter } from "../../plugin/load.ts";
import { CONVERSION } from "../../run/costs.ts";
import { leaseFor, type Migration, need, type StepResult, vmName } from "../migration.ts";

/** Closes the appliance and lets the converter work on the overlays; a plan only says that it would. */
export async function convertWithPlugin(migration: Migration): Promise<StepResult> {
  const { job, mode, signal, emit, plugins } = migration;
  const converter = selectConverter(job.converter!, plugins);
  await need(migration, "session").close();
  if (mode === "plan") {
    return { found: {}, summary: `left to ${converter.name}, which cannot say before what it changes` };
  }
  const vm = vmName(migration);
  using _lease = await leaseFor(migration, "fix", CONVERSION);
  emit({ type: "activity", vm, stage: "fix", message: converter.title });
  const { changes = [], concerns = [], summary } = await converter.convert({
    overlays: need(migration, "overlays"),
    source: need(migration, "source"),
    guest: need(migration, "guest"),
    nics: need(migration, "nics"),
    workDir: await migration.workDir(),
    signal,
    tell: (message) => emit({ type: "activity", vm, stage: "fix", message }),
  });
  return {
    found: { changes: withoutSecrets(changes) },
    concerns,
    summary: `${converter.name}: ${summary}`,
  };
}
