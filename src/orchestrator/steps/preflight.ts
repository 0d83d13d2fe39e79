/**
 * Step `preflight`: everything that would fail later is found now, before anything is written.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { readHost } from "../../plan/host.ts";
import { blockingError, preflight } from "../../plan/preflight.ts";
import { WorkDir } from "../../run/workdir.ts";
import { type Migration, need, type StepResult } from "../migration.ts";
import { outputPaths } from "../outputs.ts";

/** Asks every rule; a critical finding stops a conversion, a plan goes on as far as it can. */
export async function preflightStep(migration: Migration): Promise<StepResult> {
  const { job, mode, outputDir, signal } = migration;
  const source = need(migration, "source");
  const host = await readHost(signal);
  const outputs = outputPaths(outputDir, source, job.format);
  const concerns = await preflight({ job, source, host, outputDir, outputs });
  const blocked = blockingError(concerns);
  if (blocked !== null && (mode === "convert" || host.libguestfs === null || host.qemuImg === null)) {
    throw blocked;
  }
  const workDir = await makeWorkDir(migration);
  return {
    found: { host, workDir },
    concerns,
    summary: host.accelerator === "kvm" ? "KVM" : "emulation (TCG)",
  };
}

/**
 * The folder for temporary files: in the output folder, because overlays belong on the same storage; for a
 * plan, which must not touch that, in the system's own.
 */
async function makeWorkDir({ mode, job, outputDir, resources }: Migration): Promise<string> {
  if (mode === "plan" && job.work_dir === undefined) {
    const path = await Deno.makeTempDir({ prefix: "hyper2kvm-plan-" });
    resources.defer(() => Deno.remove(path, { recursive: true }));
    return path;
  }
  await makeOutputFolder(outputDir, resources);
  const parent = job.work_dir ?? outputDir;
  await Deno.mkdir(parent, { recursive: true });
  return resources.use(await WorkDir.create(parent)).path;
}

/** Makes the output folder, and removes it again at the end if nothing came into it. */
async function makeOutputFolder(path: string, resources: AsyncDisposableStack): Promise<void> {
  const made: string[] = [];
  for (let current = path; !await exists(current); current = dirname(current)) made.push(current);
  await Deno.mkdir(join(path), { recursive: true });
  resources.defer(async () => {
    for (const folder of made) {
      for await (const _entry of Deno.readDir(folder)) return;
      await Deno.remove(folder);
    }
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
