/**
 * Command `systemd`.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import { loadBatch } from "../config/batch.ts";
import type { Job } from "../config/schema.ts";
import { MigrateError } from "../model/error.ts";
import { selfCommand } from "../run/self.ts";
import { unitFiles, type UnitPlan } from "../service/units.ts";
import { print } from "./output.ts";
import { withSession } from "./session.ts";

/** Writes units for a job, for a watched folder, or templates for both. */
export async function run(args: readonly string[]): Promise<number> {
  return await withSession("systemd", args, async ({ job }) => {
    const [file, another] = job.source;
    if (job.output === undefined || another !== undefined) {
      throw new MigrateError("usage/missing-argument", "Cannot write units: no folder for them is given.", {
        hint: "hyper2kvm systemd [JOB] -o /etc/systemd/system",
      });
    }
    const units = unitFiles(await planOf(job, file));
    await Deno.mkdir(job.output, { recursive: true });
    for (const { name, text } of units) await Deno.writeTextFile(join(job.output, name), text);
    const paths = units.map(({ name }) => join(job.output!, name));
    print(job.json ? `${JSON.stringify(paths, null, 2)}\n` : `${paths.join("\n")}\n`);
    return 0;
  });
}

async function planOf(job: Job, file: string | undefined): Promise<UnitPlan> {
  const path = file === undefined ? undefined : resolve(file);
  const base = { self: selfCommand(["-A"]), memoryMax: job.memory_max };
  if (job.watch_dir !== undefined) {
    const { readTemplate } = await import("../watch/template.ts");
    if (path === undefined) {
      throw new MigrateError(
        "usage/missing-argument",
        "Cannot write units: the watched folder has no template.",
        {
          hint: "hyper2kvm systemd TEMPLATE --watch-dir DIR -o DIR",
        },
      );
    }
    const folder = resolve(job.watch_dir);
    const template = await readTemplate([folder, "--job", path], {});
    return { ...base, watch: { folder, template: path, job: { ...template.job, output: template.output } } };
  }
  if (path === undefined) return base;
  const { jobs } = await loadBatch("run", [path], {});
  for (const one of jobs) {
    if (one.job.output !== undefined) continue;
    throw new MigrateError("config/bad-file", `Cannot write units for ${file}: it names no output folder.`, {
      hint: "Add output: /absolute/path to it.",
    });
  }
  return { ...base, job: { path, jobs: jobs.map((one) => one.job) } };
}
