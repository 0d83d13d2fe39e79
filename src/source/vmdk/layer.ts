/**
 * One disk of a VMware chain as a layer: its extents one after the other, wherever their files are.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import { addSegment, type Layer, type Segment } from "../layers/layered_disk.ts";
import type { Link } from "./chain.ts";
import { type Extent, SECTOR } from "./descriptor.ts";
import { FLAT_TYPES } from "./extents.ts";
import { type ExtentFile, SparseExtent } from "./sparse_extent.ts";

/** Types whose file begins with a header and has grains. */
const SPARSE_TYPES: ReadonlySet<string> = new Set(["SPARSE", "VMFSSPARSE", "SESPARSE"]);

/** An open extent. */
interface OpenExtent {
  /** Its file; null for zeros that take none. */
  readonly file: ExtentFile | null;
  /** The size that the guest sees, in bytes. */
  readonly sizeBytes: number;
  /** Where a range is. */
  segments(at: number, length: number): Promise<readonly Segment[]>;
}

/**
 * Opens a disk.
 *
 * @param open opens an extent's file
 * @throws {MigrateError} `source/damaged`, or `source/unsupported` for extents that are no data of a disk
 */
export async function openVmdkLayer(
  { path, descriptor, isDescriptor, extents: files }: Link,
  open: (path: string) => Promise<ExtentFile>,
): Promise<Layer> {
  const left = [...files];
  const described = isDescriptor ? descriptor?.extents ?? [] : [];
  const extents: OpenExtent[] = [];
  for (const extent of described) {
    const opened = await openExtent(extent, extent.file === "" ? null : await open(left.shift()!));
    if (opened === null) throw unsupported(path, extent);
    extents.push(opened);
  }
  for (const file of left) extents.push(await SparseExtent.open(await open(file)));
  return new VmdkLayer(extents);
}

/** Opens an extent; null for one that is no data of a disk. */
async function openExtent(
  { type, sectors, offsetSectors }: Extent,
  file: ExtentFile | null,
): Promise<OpenExtent | null> {
  const sizeBytes = sectors * SECTOR;
  const simple = (from: (at: number) => Segment["from"]): OpenExtent => ({
    file,
    sizeBytes,
    segments: (at, length) => Promise.resolve([{ length, from: from(at) }]),
  });
  if (type === "ZERO" && file === null) return simple(() => "zero");
  if (file !== null && FLAT_TYPES.has(type)) return simple((at) => at + offsetSectors * SECTOR);
  if (file === null || !SPARSE_TYPES.has(type)) return null;
  const sparse = await SparseExtent.open(file);
  if (sparse.sizeBytes < sizeBytes) {
    const reason = `it is for ${sparse.sizeBytes} bytes, ${sizeBytes} are described`;
    throw new MigrateError("source/damaged", `Cannot read ${file.name}: ${reason}.`, {
      hint: "Copy the disk again: its files are not from the same disk.",
    });
  }
  return { file, sizeBytes, segments: (at, length) => sparse.segments(at, length) };
}

/** An extent, where it is in the disk, and from where on the layer counts its file. */
interface Placed {
  readonly extent: OpenExtent;
  readonly start: number;
  readonly base: number;
}

class VmdkLayer implements Layer {
  readonly virtualSizeBytes: number;
  readonly #placed: readonly Placed[];

  constructor(extents: readonly OpenExtent[]) {
    const placed: Placed[] = [];
    let start = 0, base = 0;
    for (const extent of extents) {
      placed.push({ extent, start, base });
      start += extent.sizeBytes;
      // A gap, so that no segment goes on from the end of one file to the beginning of the next.
      base += (extent.file?.sizeBytes ?? 0) + SECTOR;
    }
    this.virtualSizeBytes = start;
    this.#placed = placed;
  }

  async segments(at: number, length: number): Promise<readonly Segment[]> {
    const segments: Segment[] = [];
    for (const { extent, start, base } of this.#placed) {
      const from = Math.max(at, start), end = Math.min(at + length, start + extent.sizeBytes);
      if (from >= end) continue;
      for (const segment of await extent.segments(from - start, end - from)) {
        const place = segment.from;
        addSegment(segments, { ...segment, from: typeof place === "number" ? place + base : place });
      }
    }
    return segments;
  }

  async read(from: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const { extent, base } = this.#placed.findLast((one) => one.base <= from)!;
    return await extent.file!.read(from - base, length);
  }
}

function unsupported(path: string, { type, file }: Extent): MigrateError {
  const which = file === "" ? "an extent" : `its extent ${file}`;
  return new MigrateError("source/unsupported", `Cannot read ${path}: ${which} has the type ${type}.`, {
    hint: "Copy the disk on the VMware host, with vmkfstools -i, and read the copy.",
  });
}
