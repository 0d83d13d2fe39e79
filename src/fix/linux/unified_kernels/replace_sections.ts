/**
 * New contents for sections of a PE file: they are put at its end, in the file as in memory, and the headers are
 * pointed there, so that nothing that is in the file moves.
 *
 * @module
 */
import type { BytePatch } from "../../../model/change.ts";
import { type PeImage, ROW_BYTES } from "./pe_image.ts";

/** A section that gets other bytes. */
export interface NewSection {
  /** Its name; the file has one of this name. */
  readonly name: string;
  /** How many bytes it will have. */
  readonly sizeBytes: number;
}

/** Where the new bytes go, and what the headers become. */
export interface Replacement {
  /** For each new section, where its bytes begin, counted from the old end of the file. */
  readonly offsets: readonly number[];
  /** How many bytes are added to the file, zeros between the sections included. */
  readonly addedBytes: number;
  /** The change of the headers. */
  readonly patch: BytePatch;
}

/** Offsets in the optional header, the same in PE32 and PE32+. */
const SIZE_OF_IMAGE = 56, CHECKSUM = 64;

/**
 * Lays out new sections behind everything that is there. Rows stay sorted by their place in memory, as the format
 * wants; the checksum becomes 0, which firmware does not look at.
 *
 * @param head the beginning of the file with all its headers
 * @param fileBytes length of the file in bytes
 */
export function replaceSections(
  head: Uint8Array<ArrayBuffer>,
  pe: PeImage,
  fileBytes: number,
  sections: readonly NewSection[],
): Replacement {
  const end = pe.tableOffset + pe.sections.length * ROW_BYTES;
  const after = head.slice(pe.optionalOffset, end);
  const view = new DataView(after.buffer);
  const table = pe.tableOffset - pe.optionalOffset;
  let memory = Math.max(...pe.sections.map(({ memoryEnd }) => memoryEnd));
  let file = fileBytes;
  const offsets: number[] = [];
  for (const { name, sizeBytes } of sections) {
    const row = table + pe.sections.findIndex((one) => one.name === name) * ROW_BYTES;
    memory = align(memory, pe.sectionAlignment);
    file = align(file, pe.fileAlignment);
    offsets.push(file - fileBytes);
    const rawBytes = align(sizeBytes, pe.fileAlignment);
    for (const [index, value] of [sizeBytes, memory, rawBytes, file].entries()) {
      view.setUint32(row + 8 + 4 * index, value, true);
    }
    memory += sizeBytes;
    file += rawBytes;
  }
  view.setUint32(SIZE_OF_IMAGE, align(memory, pe.sectionAlignment), true);
  view.setUint32(CHECKSUM, 0, true);
  sortRows(after.subarray(table));
  const before = head.subarray(pe.optionalOffset, end);
  return {
    offsets,
    addedBytes: file - fileBytes,
    patch: { offset: pe.optionalOffset, before: before.toHex(), after: after.toHex() },
  };
}

function sortRows(table: Uint8Array<ArrayBuffer>): void {
  const rows = Array.from(
    { length: table.length / ROW_BYTES },
    (_, index) => table.slice(index * ROW_BYTES, (index + 1) * ROW_BYTES),
  );
  const address = (row: Uint8Array<ArrayBuffer>): number => new DataView(row.buffer).getUint32(12, true);
  rows.sort((a, b) => address(a) - address(b)).forEach((row, index) => table.set(row, index * ROW_BYTES));
}

function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
