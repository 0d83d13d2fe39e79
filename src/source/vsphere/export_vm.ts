/**
 * The disks of one machine into one folder, by a lease or out of the datastore.
 *
 * @module
 */
import { basename, join } from "@std/path";
import { MigrateError } from "../../model/error.ts";
import { type Descriptor, parseDescriptor } from "../vmdk/descriptor.ts";
import type { ExportMode } from "./concerns.ts";
import { beside, Datastores, parseDatastorePath } from "./datastore.ts";
import { download } from "./download.ts";
import { ExportLease, pairDisks } from "./lease.ts";
import { downloadLeased } from "./nfc.ts";
import type { VsphereSession } from "./session.ts";
import { SparseFile } from "./sparse_file.ts";
import type { VmDetails, VmDisk } from "./vm.ts";

/** How disks are exported. */
export interface ExportVmOptions {
  /** How they leave the server. */
  readonly mode: ExportMode;
  /** Streams for each disk, in the mode `datastore`. */
  readonly streams: number;
  /** Stops the export. */
  readonly signal: AbortSignal;
  /** Receives the progress of a disk, by its index. */
  readonly onProgress: (disk: number, doneBytes: number, totalBytes: number) => void;
}

/** An exported disk. */
export interface LocalDisk {
  /** The disk on the server. */
  readonly disk: VmDisk;
  /** Name of the VMDK in the folder. */
  readonly file: string;
  /** Removes what was kept for a second run. */
  settle(): Promise<void>;
}

/** Largest descriptor that is read, in bytes. */
const MAX_DESCRIPTOR_BYTES = 1024 ** 2;

/** Exports every disk of a machine that is off. */
export async function exportVm(
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  options: ExportVmOptions,
): Promise<LocalDisk[]> {
  const stem = basename(folder);
  const names = vm.disks.map((_, index) => index === 0 ? stem : `${stem}-${index + 1}`);
  return options.mode === "nfc"
    ? await byLease(session, vm, folder, names, options)
    : await fromDatastore(session, vm, folder, names, options);
}

/** How often an export begins anew because its lease went with a lost session. */
const NEW_LEASES = 2;

async function byLease(
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  names: readonly string[],
  options: ExportVmOptions,
): Promise<LocalDisk[]> {
  for (let left = NEW_LEASES;; left--) {
    const { logins } = session;
    try {
      return await byOneLease(session, vm, folder, names, options);
    } catch (error) {
      if (session.logins === logins || left === 0 || options.signal.aborted) throw error;
    }
  }
}

async function byOneLease(
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  names: readonly string[],
  { signal, onProgress }: ExportVmOptions,
): Promise<LocalDisk[]> {
  await using lease = await ExportLease.open(session, vm);
  const doneBytes = names.map(() => 0);
  const totalBytes = vm.disks.reduce((sum, disk) => sum + disk.sizeBytes, 0);
  const downloads = pairDisks(vm.name, vm.disks, lease.disks).map(async ([disk, leased], index) => {
    const file = `${names[index]}.vmdk`;
    await downloadLeased(session, leased, join(folder, file), {
      signal,
      onProgress: (bytes) => {
        doneBytes[index] = bytes;
        // The stream is compressed, so its end comes sooner than the size says.
        onProgress(index, Math.min(bytes, disk.sizeBytes), disk.sizeBytes);
        lease.progress(100 * doneBytes.reduce((sum, one) => sum + one, 0) / totalBytes);
      },
    });
    onProgress(index, disk.sizeBytes, disk.sizeBytes);
    return { disk, file, settle: () => Promise.resolve() };
  });
  const disks = await all(downloads);
  await lease.complete();
  return disks;
}

async function fromDatastore(
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  names: readonly string[],
  options: ExportVmOptions,
): Promise<LocalDisk[]> {
  const datastores = new Datastores(session, vm.datacenter);
  const disks: LocalDisk[] = [];
  // One disk after the other: each has several streams.
  for (const [index, disk] of vm.disks.entries()) {
    const name = names[index]!;
    const file = parseDatastorePath(disk.file);
    const text = await datastores.readText(file, MAX_DESCRIPTOR_BYTES);
    const extents = flatExtents(disk, parseDescriptor(text));
    const locals: string[] = [];
    const renamed = new Map<string, string>();
    let before = 0;
    for (const [at, extent] of extents.entries()) {
      const target = extents.length === 1
        ? `${name}-flat.vmdk`
        : `${name}-f${String(at + 1).padStart(3, "0")}.vmdk`;
      const { sizeBytes } = await download(datastores, beside(file, extent.file), join(folder, target), {
        streams: options.streams,
        signal: options.signal,
        onProgress: (done) => options.onProgress(index, before + done, disk.sizeBytes),
      });
      before += sizeBytes;
      renamed.set(extent.file, target);
      locals.push(join(folder, target));
    }
    await Deno.writeTextFile(join(folder, `${name}.vmdk`), localDescriptor(text, renamed));
    const settle = async (): Promise<void> =>
      void await Promise.all(locals.map((path) => SparseFile.forget(path)));
    disks.push({ disk, file: `${name}.vmdk`, settle });
  }
  return disks;
}

/**
 * The descriptor with the local names of its extents, and without empty lines: qemu reads an extent that follows
 * one twice.
 */
export function localDescriptor(text: string, renamed: ReadonlyMap<string, string>): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "").map((line) =>
    /^\s*(RW|RDONLY|NOACCESS)\s/.test(line)
      ? line.replace(
        /"([^"]*)"/,
        (quoted, file: string) => renamed.has(file) ? `"${renamed.get(file)}"` : quoted,
      )
      : line
  );
  return `${lines.join("\n")}\n`;
}

/** The extents of a descriptor when they are plain files. */
function flatExtents(disk: VmDisk, descriptor: Descriptor): Descriptor["extents"] {
  const { extents } = descriptor;
  const isPlain = extents.length > 0 &&
    extents.every(({ type, file, offsetSectors }) =>
      (type === "VMFS" || type === "FLAT") && file !== "" && basename(file) === file && offsetSectors === 0
    );
  if (isPlain && descriptor.parentCid === "ffffffff") return extents;
  const types = [...new Set(extents.map(({ type }) => type))].join(", ") || "no extents";
  throw new MigrateError(
    "source/unsupported",
    `Cannot export ${disk.file} from its datastore: it is no flat disk (${descriptor.createType}, ${types}).`,
    { hint: "Consolidate its snapshots, or use --mode nfc." },
  );
}

/** Waits for all, also when one fails: nothing may still write when the folder is left. */
async function all<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(tasks);
  return settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}
