/**
 * Step `fix` with `--use-v2v`: virt-v2v fixes and copies the guest in place of the built-in fixes.
 *
 * @module
 */
import { join } from "@std/path";
import { VirtV2VConverter } from "../virt_v2v_converter.ts";
import { APPLIANCE } from "../../run/costs.ts";
import { leaseFor, type Migration, need, type StepResult, vmName } from "../migration.ts";
import { outputPaths } from "../outputs.ts";

/** Runs virt-v2v on the source's own disks; a plan only says that it would. */
export async function convertWithV2v(migration: Migration): Promise<StepResult> {
  const { job, mode, outputDir, signal, emit } = migration;
  const source = need(migration, "source");
  await need(migration, "session").close();
  if (mode === "plan") {
    return { found: {}, summary: "left to virt-v2v, which cannot say before what it changes" };
  }
  using _lease = await leaseFor(migration, "fix", APPLIANCE);
  const { accelerator } = need(migration, "host");
  const converter = new VirtV2VConverter({ accelerator, emit, signal });
  const result = await converter.convert(source.disks.map(({ image, format }) => ({ path: image, format })), {
    source,
    nics: need(migration, "nics"),
    outputs: outputPaths(outputDir, source, job),
    format: job.format,
    logPath: join(outputDir, "logs", `${vmName(migration)}-virt-v2v.log`),
    extraArgs: job.v2v_arg,
    ...(job.compress === undefined ? {} : { compress: job.compress }),
  });
  return {
    found: { outputs: result.outputs },
    concerns: result.concerns,
    summary: `virt-v2v ${result.version}`,
  };
}
