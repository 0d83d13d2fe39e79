/**
 * PE files for tests: headers and sections, and no code.
 *
 * @module
 */

/** Builds a PE file with these sections, as objcopy lays them out: padded to 512 bytes. */
export function peFile(sections: Readonly<Record<string, string | Uint8Array>>): Uint8Array<ArrayBuffer> {
  const parts = Object.entries(sections).map(([name, content]) => ({
    name,
    bytes: typeof content === "string" ? new TextEncoder().encode(content) : content,
  }));
  const align = (length: number): number => Math.ceil(length / 512) * 512;
  const optional = 112, header = 0x80, table = header + 24 + optional;
  let at = align(table + parts.length * 40);
  const file = new Uint8Array(at + parts.reduce((sum, { bytes }) => sum + align(bytes.length), 0));
  const view = new DataView(file.buffer);
  file.set(new TextEncoder().encode("MZ"), 0);
  view.setUint32(0x3c, header, true);
  file.set(new TextEncoder().encode("PE\0\0"), header);
  view.setUint16(header + 6, parts.length, true);
  view.setUint16(header + 20, optional, true);
  for (const [index, { name, bytes }] of parts.entries()) {
    const row = table + index * 40;
    file.set(new TextEncoder().encode(name), row);
    view.setUint32(row + 8, bytes.length, true);
    view.setUint32(row + 16, align(bytes.length), true);
    view.setUint32(row + 20, at, true);
    file.set(bytes, at);
    at += align(bytes.length);
  }
  return file;
}
