/**
 * Mode `download-only`: the files of the machine as they are, and a manifest of their hashes.
 *
 * @module
 */
import { basename, join } from "@std/path";
import { sha256OfFile } from "../../../disk/checksum.ts";
import { MigrateError } from "../../../model/error.ts";
import { writeWhole } from "../../../run/files.ts";
import { type DatastorePath, Datastores, nameOf, parseDatastorePath } from "../datastore.ts";
import { download } from "../transfer/download.ts";
import { globPattern } from "../machines/glob.ts";
import { collect } from "../properties.ts";
import type { VsphereSession } from "../session.ts";
import { SparseFile } from "../transfer/sparse_file.ts";
import type { VmDetails } from "../machines/vm.ts";
import { childrenOf, textAt } from "../xml.ts";
import type { ExportVmOptions, LocalDisk } from "./mode.ts";
import { MODES } from "./table.ts";

/** Name of the manifest, which `sha256sum --check` reads. */
const MANIFEST = MODES["download-only"].marker!;

/** Most files of one machine where nobody says. */
const MAX_FILES = 500;

/** What the server calls a file whose content is no use outside it, or cannot be read while it exists. */
const PASSING = /^(swap|uwswap|core)$/;

/** Downloads files; returns no disks, because what is left out is the user's choice. */
export async function downloadFiles(
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  { job, signal, onProgress }: ExportVmOptions,
): Promise<LocalDisk[]> {
  const files = chosenFiles(await filesOf(session, vm), job.include ?? [], job.exclude ?? []);
  const most = job.max_files ?? MAX_FILES;
  if (files.length === 0) throw refused(vm, "no file of it is wanted", "See --include and --exclude.");
  if (files.length > most) {
    throw refused(vm, `${files.length} files are wanted`, `--max-files allows ${most}.`);
  }
  refuseSameNames(vm, files);
  const datastores = new Datastores(session, vm.datacenter);
  const lines: string[] = [];
  for (const [index, file] of files.entries()) {
    const target = join(folder, basename(file.path));
    await download(datastores, file, target, {
      streams: job.streams,
      signal,
      onProgress: (done, total) => onProgress(index, done, total),
    });
    lines.push(`${await sha256OfFile(target, signal)}  ${basename(file.path)}`);
  }
  await writeWhole(join(folder, MANIFEST), `${lines.join("\n")}\n`);
  for (const { path } of files) await SparseFile.forget(join(folder, basename(path)));
  return [];
}

/** The files that the server counts as the machine's (VirtualMachineFileLayoutEx), and the disks' descriptors. */
async function filesOf(session: VsphereSession, vm: VmDetails): Promise<DatastorePath[]> {
  const target = { type: "VirtualMachine", id: vm.id };
  const [found] = await collect(session, [target], ["layoutEx.file"]);
  const names = (found?.values["layoutEx.file"]?.children ?? []).filter((one) =>
    !PASSING.test(textAt(one, "type") ?? "")
  ).map((one) => childrenOf(one, "name")[0]?.text ?? "");
  const disks = vm.disks.flatMap((disk) => [disk.file, ...disk.parents]);
  const all = [...new Set([...names, ...disks])].filter((name) => /^\[[^\]]+\]\s*\S/.test(name));
  return all.map(parseDatastorePath).sort((one, other) => one.path < other.path ? -1 : 1);
}

/** The files whose names fit one of `include`, or any without one, and none of `exclude`. */
export function chosenFiles(
  files: readonly DatastorePath[],
  include: readonly string[],
  exclude: readonly string[],
): DatastorePath[] {
  const fits = (globs: readonly string[], { path }: DatastorePath): boolean =>
    globs.some((glob) => globPattern(glob).test(glob.includes("/") ? path : basename(path)));
  return files.filter((file) => (include.length === 0 || fits(include, file)) && !fits(exclude, file));
}

function refuseSameNames(vm: VmDetails, files: readonly DatastorePath[]): void {
  const byName = Map.groupBy(files, ({ path }) => basename(path).toLowerCase());
  const twice = [...byName.values()].find((same) => same.length > 1);
  if (twice === undefined) return;
  throw refused(
    vm,
    `${twice.map(nameOf).join(" and ")} have the same name`,
    "Choose with --include or --exclude.",
  );
}

function refused(vm: VmDetails, reason: string, hint: string): MigrateError {
  return new MigrateError("usage/bad-value", `Cannot download ${vm.name}: ${reason}.`, { hint });
}
