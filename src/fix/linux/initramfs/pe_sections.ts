/**
 * Sections of a PE file, which is what a unified kernel image is (Microsoft's PE format, "COFF File Header" and
 * "Section Table"; the UAPI group's Unified Kernel Image specification, "PE Sections").
 *
 * @module
 */

/** One section. */
export interface PeSection {
  /** Its name, such as `.cmdline`. */
  readonly name: string;
  /** Where its bytes begin in the file. */
  readonly offset: number;
  /** How many of them count. */
  readonly sizeBytes: number;
}

/** Offset of the place of the PE header in the DOS header. */
const PE_POINTER = 0x3c;
const SIGNATURE = 0x00004550; // "PE\0\0"
const COFF_BYTES = 20;
const SECTION_BYTES = 40;

/** Reads the section table from the beginning of a file; null when it is no PE file. */
export function peSections(head: Uint8Array<ArrayBuffer>): readonly PeSection[] | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < PE_POINTER + 4 || head[0] !== 0x4d || head[1] !== 0x5a) return null;
  const header = view.getUint32(PE_POINTER, true);
  if (header + 4 + COFF_BYTES > head.length || view.getUint32(header, true) !== SIGNATURE) return null;
  const count = view.getUint16(header + 6, true);
  const table = header + 4 + COFF_BYTES + view.getUint16(header + 20, true);
  const sections: PeSection[] = [];
  for (let at = table; sections.length < count && at + SECTION_BYTES <= head.length; at += SECTION_BYTES) {
    const name = new TextDecoder().decode(head.subarray(at, at + 8)).replace(/\0.*$/s, "");
    const virtualBytes = view.getUint32(at + 8, true);
    const rawBytes = view.getUint32(at + 16, true);
    // The size in the file is rounded up; the size in memory is not.
    sections.push({
      name,
      offset: view.getUint32(at + 20, true),
      sizeBytes: Math.min(virtualBytes, rawBytes),
    });
  }
  return sections;
}
