/**
 * The headers of a PE file, which is what a unified kernel image is (Microsoft's PE format, "COFF File Header",
 * "Optional Header" and "Section Table"; the UAPI group's Unified Kernel Image specification, "PE Sections").
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
  /** Where it ends in memory, from the image's base. */
  readonly memoryEnd: number;
}

/** What the headers of a PE file say. */
export interface PeImage {
  /** The sections in the order of the table. */
  readonly sections: readonly PeSection[];
  /** Offset of the optional header in the file. */
  readonly optionalOffset: number;
  /** Offset of the section table in the file; its rows have {@linkcode ROW_BYTES} bytes each. */
  readonly tableOffset: number;
  /** What the beginning of a section in memory is a multiple of, in bytes. */
  readonly sectionAlignment: number;
  /** What the place and the length of a section in the file are multiples of, in bytes. */
  readonly fileAlignment: number;
  /** Whether a certificate table, a signature for Secure Boot, is attached. */
  readonly isSigned: boolean;
}

/** Bytes of one row of the section table. */
export const ROW_BYTES = 40;
/** Offset of the place of the PE header in the DOS header. */
const PE_POINTER = 0x3c;
const SIGNATURE = 0x00004550; // "PE\0\0"
const COFF_BYTES = 20;
/** Where the data directories begin in the optional header, by its magic number: PE32 and PE32+. */
const DIRECTORIES: Readonly<Record<number, number>> = { 0x10b: 96, 0x20b: 112 };
/** Position of the certificate table among the data directories. */
const CERTIFICATES = 4;

/** Reads the headers from the beginning of a file; null when it is no PE file or they are cut off. */
export function parsePe(head: Uint8Array<ArrayBuffer>): PeImage | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < PE_POINTER + 4 || head[0] !== 0x4d || head[1] !== 0x5a) return null;
  const header = view.getUint32(PE_POINTER, true);
  const optionalOffset = header + 4 + COFF_BYTES;
  if (optionalOffset + 64 > head.length || view.getUint32(header, true) !== SIGNATURE) return null;
  const count = view.getUint16(header + 6, true);
  const optionalBytes = view.getUint16(header + 20, true);
  const tableOffset = optionalOffset + optionalBytes;
  const directories = DIRECTORIES[view.getUint16(optionalOffset, true)];
  if (directories === undefined || tableOffset + count * ROW_BYTES > head.length) return null;
  const certificate = directories + CERTIFICATES * 8;
  const hasDirectory = view.getUint32(optionalOffset + directories - 4, true) > CERTIFICATES &&
    optionalBytes >= certificate + 8;
  return {
    sections: Array.from({ length: count }, (_, index) => section(head, tableOffset + index * ROW_BYTES)),
    optionalOffset,
    tableOffset,
    sectionAlignment: view.getUint32(optionalOffset + 32, true) || 1,
    fileAlignment: view.getUint32(optionalOffset + 36, true) || 1,
    isSigned: hasDirectory && view.getUint32(optionalOffset + certificate + 4, true) > 0,
  };
}

function section(head: Uint8Array<ArrayBuffer>, row: number): PeSection {
  const view = new DataView(head.buffer, head.byteOffset + row, ROW_BYTES);
  const virtualBytes = view.getUint32(8, true);
  return {
    name: new TextDecoder().decode(head.subarray(row, row + 8)).replace(/\0.*$/s, ""),
    offset: view.getUint32(20, true),
    // The size in the file is rounded up; the size in memory is not.
    sizeBytes: Math.min(virtualBytes, view.getUint32(16, true)),
    memoryEnd: view.getUint32(12, true) + virtualBytes,
  };
}
