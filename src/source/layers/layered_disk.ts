/**
 * A disk with others below it, put together while it is read: each layer says of every sector whether it has it,
 * and nothing is copied.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import { readWindow, type Window } from "../input/window.ts";
import type { Blocks } from "../nbd/connection.ts";
import type { Run } from "../nbd/protocol.ts";

/** Bytes in a row that one layer treats alike. */
export interface Segment {
  /** Length in bytes. */
  readonly length: number;
  /** Offset of the data in the layer's file, or that they are zeros, or that the layer below has them. */
  readonly from: number | "zero" | "below";
}

/** One disk of a chain, open. */
export interface Layer {
  /** The size that the guest sees, in bytes; beyond it are zeros. */
  readonly virtualSizeBytes: number;
  /** Where a range is; the segments are as long as the range in all. */
  segments(at: number, length: number): Promise<readonly Segment[]>;
  /** Data from an offset that a segment names, none missing. */
  read(from: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** One in a file of this machine. */
export interface FileLayer extends Layer {
  /** The whole of its file. */
  readonly whole: Window;
}

/** The layers as one disk. */
export class LayeredDisk implements Blocks {
  readonly #layers: readonly Layer[];

  /** Takes the layers, the top first. */
  constructor(layers: readonly Layer[]) {
    this.#layers = layers;
  }

  /** The size that the guest sees, in bytes. */
  get sizeBytes(): number {
    return this.#layers[0]?.virtualSizeBytes ?? 0;
  }

  /** The bytes of a range. */
  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    await this.#walk(0, offset, length, async (layer, from, at, count) => {
      bytes.set(await layer.read(from, count), at - offset);
    });
    return bytes;
  }

  /** Which parts of a range no layer has. */
  async runs(offset: number, length: number): Promise<readonly Run[]> {
    const runs: Run[] = [];
    let end = offset;
    const hole = (until: number): void => {
      if (until > end) runs.push({ length: until - end, isHole: true });
    };
    await this.#walk(0, offset, length, (_layer, _from, at, count) => {
      hole(at);
      runs.push({ length: count, isHole: false });
      end = at + count;
      return Promise.resolve();
    });
    hole(offset + length);
    return runs;
  }

  /** Calls back for every stretch of data of a range, in order, with its layer and its offset there. */
  async #walk(
    index: number,
    at: number,
    length: number,
    onData: (layer: Layer, from: number, at: number, length: number) => Promise<void>,
  ): Promise<void> {
    const layer = this.#layers[index];
    if (layer === undefined || at >= layer.virtualSizeBytes) return;
    let done = at;
    for (const segment of await layer.segments(at, Math.min(length, layer.virtualSizeBytes - at))) {
      const { from } = segment;
      if (from === "below") await this.#walk(index + 1, done, segment.length, onData);
      else if (from !== "zero") await onData(layer, from, done, segment.length);
      done += segment.length;
    }
  }
}

/** Appends a segment, to the last one where it goes on. */
export function addSegment(segments: Segment[], next: Segment): void {
  const last = segments.at(-1);
  const follows = last !== undefined &&
    (typeof last.from === "number" ? next.from === last.from + last.length : next.from === last.from);
  if (!follows) segments.push(next);
  else segments[segments.length - 1] = { ...last, length: last.length + next.length };
}

/** Bytes of a file, none missing. */
export async function readExactly(
  file: Deno.FsFile,
  whole: Window,
  at: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readWindow(file, whole, at, length);
  if (bytes.length === length) return bytes;
  throw new MigrateError(
    "source/damaged",
    `Cannot read ${whole.path}: it ends at byte ${whole.sizeBytes}, before its data.`,
    { hint: "Copy the disk again: the file is incomplete." },
  );
}
