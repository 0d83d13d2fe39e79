/**
 * Mode `datastore`: the descriptors and extents of each disk and of those that it stands on, as they are.
 *
 * @module
 */
import { basename, join } from "@std/path";
import { MigrateError } from "../../../model/error.ts";
import { type Descriptor, NO_PARENT, parseDescriptor } from "../../vmdk/descriptor.ts";
import { beside, type DatastorePath, Datastores, parseDatastorePath } from "../datastore.ts";
import { download } from "../transfer/download.ts";
import type { VsphereSession } from "../session.ts";
import { SparseFile } from "../transfer/sparse_file.ts";
import type { VmDetails, VmDisk } from "../machines/vm.ts";
import { diskNames, type ExportVmOptions, type LocalDisk } from "./mode.ts";

/** Largest descriptor that is read, in bytes. */
const MAX_DESCRIPTOR_BYTES = 1024 ** 2;

/** What the file of an extent is called here, by the type of the extent. */
const SUFFIXES: Readonly<Record<string, string>> = {
  VMFS: "flat",
  FLAT: "flat",
  VMFSSPARSE: "delta",
  SESPARSE: "sesparse",
};

/** A disk of a chain: its descriptor, and where it comes from. */
interface Link {
  readonly from: DatastorePath;
  readonly text: string;
  readonly descriptor: Descriptor;
  /** Name here, without extension. */
  readonly name: string;
}

/** Exports the files of the datastore. */
export async function exportByDatastore(
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  options: ExportVmOptions,
): Promise<LocalDisk[]> {
  const datastores = new Datastores(session, vm.datacenter);
  const names = diskNames(basename(folder), vm.disks.length);
  const disks: LocalDisk[] = [];
  // One disk after the other: each has several streams.
  for (const [index, disk] of vm.disks.entries()) {
    disks.push(
      await exportDisk(datastores, disk, join(folder, names[index]!), {
        ...options,
        onProgress: (_disk, done, total) => options.onProgress(index, Math.min(done, total), total),
      }),
    );
  }
  return disks;
}

async function exportDisk(
  datastores: Datastores,
  disk: VmDisk,
  target: string,
  { job, signal, onProgress }: ExportVmOptions,
): Promise<LocalDisk> {
  const links = await readLinks(datastores, disk, basename(target));
  const locals: string[] = [];
  let before = 0;
  for (const [depth, link] of links.entries()) {
    const renamed = new Map<string, string>();
    for (const [at, extent] of link.descriptor.extents.entries()) {
      const name = extentName(link, at);
      const local = join(target, "..", name);
      const { sizeBytes } = await download(datastores, beside(link.from, extent.file), local, {
        streams: job.streams,
        signal,
        onProgress: (done) => onProgress(0, before + done, disk.sizeBytes),
      });
      before += sizeBytes;
      renamed.set(extent.file, name);
      locals.push(local);
    }
    const parent = links[depth + 1]?.name;
    await Deno.writeTextFile(
      join(target, "..", `${link.name}.vmdk`),
      localDescriptor(link.text, renamed, parent === undefined ? undefined : `${parent}.vmdk`),
    );
  }
  const settle = async (): Promise<void> =>
    void await Promise.all(locals.map((path) => SparseFile.forget(path)));
  return { disk, file: `${basename(target)}.vmdk`, settle };
}

/** The descriptors from the disk down to its base. */
async function readLinks(datastores: Datastores, disk: VmDisk, name: string): Promise<Link[]> {
  const links: Link[] = [];
  for (const [depth, file] of [disk.file, ...disk.parents].entries()) {
    const from = parseDatastorePath(file);
    const text = await datastores.readText(from, MAX_DESCRIPTOR_BYTES);
    const descriptor = parseDescriptor(text);
    checkExtents(file, descriptor);
    links.push({ from, text, descriptor, name: depth === 0 ? name : `${name}-parent${depth}` });
  }
  links.forEach(({ descriptor }, depth) => {
    const cid = links[depth + 1]?.descriptor.cid ?? NO_PARENT;
    if (descriptor.parentCid === cid) return;
    throw new MigrateError(
      "source/damaged",
      `Cannot export ${disk.file}: what it stands on has the content id ${cid}, not ${descriptor.parentCid}.`,
      { hint: "Check the snapshots of the VM in vSphere; consolidate its disks, or use --mode nfc." },
    );
  });
  return links;
}

function extentName({ name, descriptor }: Link, at: number): string {
  const suffix = SUFFIXES[descriptor.extents[at]!.type]!;
  if (descriptor.extents.length === 1) return `${name}-${suffix}.vmdk`;
  return `${name}-${suffix[0]}${String(at + 1).padStart(3, "0")}.vmdk`;
}

/**
 * The descriptor with the local names of its extents and its parent, and without empty lines: qemu reads an extent
 * that follows one twice.
 */
export function localDescriptor(
  text: string,
  renamed: ReadonlyMap<string, string>,
  parent?: string,
): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "").map((line) => {
    if (parent !== undefined && /^\s*parentFileNameHint\s*=/i.test(line)) {
      return `parentFileNameHint="${parent}"`;
    }
    return /^\s*(RW|RDONLY|NOACCESS)\s/.test(line)
      ? line.replace(
        /"([^"]*)"/,
        (quoted, file: string) => renamed.has(file) ? `"${renamed.get(file)}"` : quoted,
      )
      : line;
  });
  return `${lines.join("\n")}\n`;
}

/** Refuses extents that are no files of a datastore, or that lie elsewhere. */
function checkExtents(file: string, { extents, createType }: Descriptor): void {
  const isPlain = extents.length > 0 &&
    extents.every(({ type, file, offsetSectors }) =>
      type in SUFFIXES && file !== "" && basename(file) === file && offsetSectors === 0
    );
  if (isPlain) return;
  const types = [...new Set(extents.map(({ type }) => type))].join(", ") || "no extents";
  throw new MigrateError(
    "source/unsupported",
    `Cannot export ${file} from its datastore: it is no disk in files (${createType}, ${types}).`,
    { hint: "Use --mode nfc." },
  );
}
