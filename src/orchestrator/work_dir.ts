/**
 * Where the temporary files of a migration are.
 *
 * @module
 */
import { exists } from "../run/files.ts";
import { dirname } from "@std/path";
import type { Job } from "../config/schema.ts";
import { removeSockets } from "../guest/appliance.ts";
import { WorkDir } from "../run/workdir.ts";
import type { Mode } from "./steps.ts";

/** What decides the place. */
export interface WorkDirPlace {
  /** Whether anything is written. */
  readonly mode: Mode;
  /** The job: `work_dir` wins. */
  readonly job: Pick<Job, "work_dir">;
  /** Absolute path of the output folder; made when it does not exist, removed again when it stays empty. */
  readonly outputDir: string;
  /** Removes the folder at the end. */
  readonly resources: AsyncDisposableStack;
}

/** Makes the folder when it is first asked for. */
export interface OnceWorkDir {
  /** The path; the folder is there. */
  (): Promise<string>;
  /** Whether it has been asked for. */
  isMade(): boolean;
}

/** A folder for temporary files that is made when it is first needed. */
export function onceWorkDir(place: WorkDirPlace): OnceWorkDir {
  let made: Promise<string> | undefined;
  return Object.assign(() => made ??= makeWorkDir(place), { isMade: () => made !== undefined });
}

/** The work folder, made only when the output folder is ours. */
export function lockedWorkDir(
  workDir: OnceWorkDir,
  folder: { hold(): Promise<void> } | undefined,
): OnceWorkDir {
  if (folder === undefined) return workDir;
  const locked = async (): Promise<string> => {
    await folder.hold();
    return await workDir();
  };
  return Object.assign(locked, { isMade: workDir.isMade });
}

/**
 * The folder for temporary files: in the output folder, because overlays belong on the same storage; for a
 * plan, which must not touch that nor the work folder, in the system's own.
 */
async function makeWorkDir(place: WorkDirPlace): Promise<string> {
  const { mode, job, outputDir, resources } = place;
  if (mode === "plan") {
    const path = await Deno.makeTempDir({ prefix: "hyper2kvm-plan-" });
    resources.defer(() => Deno.remove(path, { recursive: true }));
    return path;
  }
  await makeOutputFolder(outputDir, resources);
  const parent = job.work_dir ?? outputDir;
  await Deno.mkdir(parent, { recursive: true });
  return resources.use(await WorkDir.create(parent, removeSockets)).path;
}

/** Makes the output folder, and removes it again at the end if nothing came into it. */
async function makeOutputFolder(path: string, resources: AsyncDisposableStack): Promise<void> {
  const made: string[] = [];
  for (let current = path; !await exists(current); current = dirname(current)) made.push(current);
  await Deno.mkdir(path, { recursive: true });
  resources.defer(async () => {
    for (const folder of made) {
      for await (const _entry of Deno.readDir(folder)) return;
      await Deno.remove(folder);
    }
  });
}
