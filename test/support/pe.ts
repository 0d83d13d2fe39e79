/**
 * PE files for tests: headers and sections, and no code.
 *
 * @module
 */

/** Builds a PE32+ file with these sections, as objcopy lays them out: padded to 512 bytes, 64 KiB apart in memory. */
export function peFile(
  sections: Readonly<Record<string, string | Uint8Array>>,
  { isSigned = false }: { readonly isSigned?: boolean } = {},
): Uint8Array<ArrayBuffer> {
  const parts = Object.entries(sections).map(([name, content]) => ({
    name,
    bytes: typeof content === "string" ? new TextEncoder().encode(content) : content,
  }));
  const align = (length: number): number => Math.ceil(length / 512) * 512;
  const optional = 240, header = 0x80, table = header + 24 + optional;
  let at = align(table + parts.length * 40);
  const file = new Uint8Array(at + parts.reduce((sum, { bytes }) => sum + align(bytes.length), 0));
  const view = new DataView(file.buffer);
  file.set(new TextEncoder().encode("MZ"), 0);
  view.setUint32(0x3c, header, true);
  file.set(new TextEncoder().encode("PE\0\0"), header);
  view.setUint16(header + 6, parts.length, true);
  view.setUint16(header + 20, optional, true);
  view.setUint16(header + 24, 0x20b, true);
  view.setUint32(header + 24 + 32, 4096, true);
  view.setUint32(header + 24 + 36, 512, true);
  view.setUint32(header + 24 + 108, 16, true); // data directories; the fifth is the certificate table
  if (isSigned) view.setUint32(header + 24 + 112 + 4 * 8 + 4, 1024, true);
  for (const [index, { name, bytes }] of parts.entries()) {
    const row = table + index * 40;
    file.set(new TextEncoder().encode(name), row);
    view.setUint32(row + 8, bytes.length, true);
    view.setUint32(row + 12, (index + 1) * 0x10000, true);
    view.setUint32(row + 16, align(bytes.length), true);
    view.setUint32(row + 20, at, true);
    file.set(bytes, at);
    at += align(bytes.length);
  }
  return file;
}
