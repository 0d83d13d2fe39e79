/**
 * One machine into its folder: shut down or frozen by a snapshot where it is on, its disks by a mode, and
 * `source.json` last.
 *
 * @module
 */
import { join } from "@std/path";
import type { Job } from "../../config/schema.ts";
import type { SourceDisk } from "../../model/disk.ts";
import { MigrateError } from "../../model/error.ts";
import { removeIfThere } from "../../run/files.ts";
import type { SourceContext } from "../source.ts";
import { isLive } from "./machines/concerns.ts";
import { EXPORT_FILE, readDisks, writeExported } from "./exported.ts";
import type { ExportVmOptions, LocalDisk } from "./modes/mode.ts";
import { type ExportMode, MODES } from "./modes/table.ts";
import { packageFiles } from "./ovf_package.ts";
import { powerOn, type Shutdown, shutDown } from "./power.ts";
import type { VsphereSession } from "./session.ts";
import { withSnapshot } from "./snapshot.ts";
import { machineOf, placeOf, type VmDetails } from "./machines/vm.ts";

/** How a machine is exported. */
export interface ExportMachineOptions extends Omit<ExportVmOptions, "snapshot"> {
  /** How the disks leave the server. */
  readonly mode: ExportMode;
  /** Reads what was written. */
  readonly context: SourceContext;
}

/** How long a guest may take to shut down where nobody says, in seconds. */
const SHUTDOWN_TIMEOUT_S = 300;

/** What the job says of a machine that is on. */
export function shutdownOf(job: Partial<Job>): Shutdown {
  return job.shutdown ?? "none";
}

/**
 * Exports a machine.
 *
 * @throws {MigrateError} what went wrong; a snapshot that was made is removed, or a concern
 */
export async function exportMachine(
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  options: ExportMachineOptions,
): Promise<void> {
  const { job, onConcern } = options;
  const how = shutdownOf(job);
  await Deno.mkdir(folder, { recursive: true });
  // An old one would vouch for disks that are replaced from here on.
  const markers = [EXPORT_FILE, MODES[options.mode].marker ?? EXPORT_FILE].map((name) => join(folder, name));
  for (const path of [...markers, ...packageFiles(folder)]) await removeIfThere(path);
  if (isLive(vm, { shutsDown: how !== "none" })) {
    const snapshotOptions = { folder, quiesce: job.quiesce ?? false, onConcern };
    await withSnapshot(session, vm, snapshotOptions, async (frozen) => {
      await exportDisks(session, frozen.vm, folder, options, frozen.snapshot);
    });
    return;
  }
  await whileDown(session, vm, job, async (now) => {
    await exportDisks(session, now, folder, options);
  });
}

/**
 * Does work on a machine that is off; one that is on is shut down first, and powered on again after a failure where
 * the job says so.
 */
export async function whileDown<T>(
  session: VsphereSession,
  vm: VmDetails,
  job: Partial<Job>,
  work: (vm: VmDetails) => Promise<T>,
): Promise<T> {
  const how = shutdownOf(job);
  const wasOn = vm.power === "on" && how !== "none";
  try {
    if (wasOn) await shutDown(session, vm, how, (job.shutdown_timeout ?? SHUTDOWN_TIMEOUT_S) * 1000);
    return await work(wasOn ? { ...vm, power: "off" } : vm);
  } catch (error) {
    if (wasOn && job.power_on_source === true) {
      await session.afterwards(LAST_WORK_MS, (alive) => powerOn(alive, vm));
    }
    throw error;
  }
}

/** How long a run that was cancelled may take to power a machine on again, in milliseconds. */
const LAST_WORK_MS = 60_000;

async function exportDisks(
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  { mode, job, signal, onProgress, onConcern, context }: ExportMachineOptions,
  snapshot?: string,
): Promise<void> {
  const byMode = await MODES[mode].load();
  const disks = await byMode(session, vm, folder, {
    job,
    signal,
    onProgress,
    onConcern,
    ...(snapshot === undefined ? {} : { snapshot }),
  });
  if (disks.length === 0) return; // a mode that is about files has written its own list of them
  const places = disks.map(({ file, disk, kind }) => ({
    file,
    ...placeOf(disk),
    ...(kind === undefined ? {} : { kind }),
  }));
  const found = await readDisks(folder, places, context);
  checkSizes(vm.name, disks, found);
  // Its presence says that the export is complete, so it comes last.
  const origin = `${session.address} ${vm.path} ${vm.id}`;
  await writeExported(folder, { origin, name: vm.name, machine: machineOf(vm), disks: places });
  for (const disk of disks) await disk.settle();
}

/** A disk that arrived with another size than the server says is not the disk. */
function checkSizes(name: string, disks: readonly LocalDisk[], found: readonly SourceDisk[]): void {
  disks.forEach(({ disk, file }, index) => {
    const got = found[index]?.virtualSizeBytes;
    if (got === disk.sizeBytes) return;
    throw new MigrateError(
      "source/damaged",
      `Cannot export ${name}: ${file} has ${got} bytes, ${disk.label} has ${disk.sizeBytes}.`,
      { hint: "Run the same command again with --force." },
    );
  });
}
