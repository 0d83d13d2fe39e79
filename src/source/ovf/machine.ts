/**
 * From an OVF package to a machine: one of its virtual systems, with the files behind its drives.
 *
 * @module
 */
import type { SourceDisk } from "../../model/disk.ts";
import { MigrateError } from "../../model/error.ts";
import type { Concern } from "../../model/concern.ts";
import { mapParallel } from "../../run/parallel.ts";
import { joinedVmdk } from "../vmdk/joined.ts";
import { checkPackage } from "./checks.ts";
import type { OvfDisk, OvfEnvelope, OvfFile, OvfSystem } from "./envelope.ts";
import type { OvfDrive } from "./hardware.ts";
import { nameInPackage, type OvfPackage } from "./package.ts";
import { parseForeign } from "../parse/parse.ts";
import type { FoundMachine, SourceContext } from "../source.ts";
import type { Window } from "../input/window.ts";

/**
 * Reads a package.
 *
 * @throws {MigrateError} `source/damaged`, `source/unsupported`, or `usage/bad-value` when `--vm` has to choose
 */
export async function readPackage(ovf: OvfPackage, context: SourceContext): Promise<FoundMachine> {
  const { job, signal } = context;
  const window = await ovf.find(ovf.envelope);
  if (window === null) throw damaged(ovf.path, `its ${ovf.envelope} is missing`);
  const checks = job.verify_manifest === false ? undefined : await checkPackage(ovf, signal);
  const envelope = await parseForeign("ovf", window, signal);
  const system = chooseSystem(envelope.systems, job.vm?.at(-1), ovf.path);
  const disks: SourceDisk[] = [];
  const concerns: Concern[] = [...checks?.concerns ?? []];
  const read = (drive: OvfDrive): Promise<FoundMachine> => readDrive(drive, envelope, ovf, context);
  const found = await mapParallel(system.drives, navigator.hardwareConcurrency, read);
  for (const [index, { controller, controllerNumber, slot }] of system.drives.entries()) {
    const { disks: placed = [], concerns: more = [] } = found[index] ?? {};
    disks.push(...placed.map((disk) => ({ ...disk, controller, controllerNumber, slot })));
    concerns.push(...more);
  }
  if (disks.length === 0) throw damaged(ovf.path, `${system.name} has no hard disk`);
  return {
    disks,
    machine: system.machine,
    name: safeName(system.name),
    concerns,
    ...(checks === undefined ? {} : { digests: checks.digests }),
  };
}

/** A name that files and libvirt take. */
export function safeName(name: string): string {
  return name.trim().replaceAll(/[^A-Za-z0-9._+-]/g, "_").replace(/^[.+-]+/, "") || "vm";
}

function chooseSystem(systems: readonly OvfSystem[], wanted: string | undefined, path: string): OvfSystem {
  const [first] = systems;
  if (first === undefined) throw damaged(path, "it describes no virtual machine");
  if (wanted === undefined && systems.length === 1) return first;
  const chosen = systems.find(({ id, name }) => wanted !== undefined && (id === wanted || name === wanted));
  if (chosen !== undefined) return chosen;
  const names = systems.map(({ name }) => name).join(", ");
  const reason = wanted === undefined
    ? `it holds ${systems.length} machines`
    : `it holds no machine named "${wanted}"`;
  throw new MigrateError("usage/bad-value", `Cannot choose in ${path}: ${reason}.`, {
    hint: `Choose one with --vm NAME: ${names}.`,
  });
}

async function readDrive(
  drive: OvfDrive,
  envelope: OvfEnvelope,
  ovf: OvfPackage,
  context: SourceContext,
): Promise<FoundMachine> {
  const { disk, file } = resolveDrive(drive, envelope, ovf.path);
  if (file === undefined) return emptyDisk(disk, ovf.path);
  const name = nameInPackage(file.href, ovf.path);
  const parts = await partsOf(file, name, ovf);
  if (file.chunkBytes !== undefined) return await joinedVmdk(parts, ovf.path, context);
  const [window] = parts;
  if (window === undefined) throw damaged(ovf.path, `its disk ${name} is missing`);
  if (file.sizeBytes !== undefined && file.sizeBytes !== window.sizeBytes) {
    throw damaged(
      ovf.path,
      `its disk ${name} has ${window.sizeBytes} bytes, ${file.sizeBytes} are described`,
    );
  }
  const head = await ovf.head(window);
  const source = context.select(head);
  if (source.isMachine) throw damaged(ovf.path, `its disk ${name} is a ${source.title}`);
  const found = await source.read(head, { ...context, depth: context.depth + 1 });
  const inside = window.path === ovf.path ? `${name} in the package` : undefined;
  return { ...found, disks: found.disks.map((one) => ({ ...one, ...described(one, inside) })) };
}

function described({ detail }: SourceDisk, inside: string | undefined): { readonly detail?: string } {
  const parts = [detail, inside].filter((part) => part !== undefined);
  return parts.length === 0 ? {} : { detail: parts.join(", ") };
}

/** The disk and the file that a drive names; a disk without a file is empty. */
function resolveDrive(
  { holds }: OvfDrive,
  { disks, files }: OvfEnvelope,
  path: string,
): { readonly disk?: OvfDisk; readonly file?: OvfFile } {
  if (holds === null) throw damaged(path, "a hard disk does not say what is on it");
  const disk = holds.kind === "disk" ? disks.find(({ id }) => id === holds.id) : undefined;
  if (holds.kind === "disk" && disk === undefined) {
    throw damaged(path, `its disk ${holds.id} is not described`);
  }
  if (disk?.parentId !== undefined) {
    throw new MigrateError("source/unsupported", `Cannot read ${path}: ${holds.id} is a difference disk.`, {
      hint: "Export the machine without linked clones or snapshots.",
    });
  }
  const fileId = disk === undefined ? holds.id : disk.fileId;
  const file = files.find(({ id }) => id === fileId);
  if (fileId !== undefined && file === undefined) throw damaged(path, `its file ${fileId} is not described`);
  return { ...(disk === undefined ? {} : { disk }), ...(file === undefined ? {} : { file }) };
}

/** The file, or the numbered parts of one that is split (DSP0243, 7.1, `chunkSize`). */
async function partsOf(file: OvfFile, name: string, ovf: OvfPackage): Promise<Window[]> {
  const parts: Window[] = [];
  if (file.chunkBytes === undefined) {
    const window = await ovf.find(name);
    return window === null ? [] : [window];
  }
  const count = Math.ceil((file.sizeBytes ?? Infinity) / file.chunkBytes);
  for (let index = 0; index < count; index++) {
    const part = `${name}.${String(index).padStart(9, "0")}`;
    const window = await ovf.find(part);
    if (window === null && count === Infinity && index > 0) break;
    if (window === null) throw damaged(ovf.path, `its part ${part} is missing`);
    if (index < count - 1 && count !== Infinity && window.sizeBytes !== file.chunkBytes) {
      throw damaged(ovf.path, `its part ${part} has ${window.sizeBytes} bytes, not ${file.chunkBytes}`);
    }
    parts.push(window);
  }
  return parts;
}

/** A disk that the package describes without contents: zeros that take no room. */
function emptyDisk(disk: OvfDisk | undefined, path: string): FoundMachine {
  const size = disk?.capacityBytes ?? 0;
  if (size === 0) throw damaged(path, `its disk ${disk?.id ?? ""} has neither a file nor a size`);
  const file = { driver: "null-co", size, "read-zeroes": true };
  return {
    disks: [{
      path,
      image: `json:${JSON.stringify({ driver: "raw", file })}`,
      format: "raw",
      virtualSizeBytes: size,
      allocatedSizeBytes: 0,
      files: [],
      detail: "empty",
    }],
  };
}

function damaged(path: string, reason: string): MigrateError {
  return new MigrateError("source/damaged", `Cannot read ${path}: ${reason}.`, {
    hint: "Copy or export it again, with all of its files.",
  });
}
