/**
 * Whole messages over a connection.
 *
 * @module
 */

/** The end of a connection. */
export class Gone extends Error {}

/**
 * Reads bytes, none missing.
 *
 * @throws {Gone} when the other side has left
 */
export async function readFully(conn: Deno.Conn, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const read = await conn.read(bytes.subarray(at));
    if (read === null) throw new Gone();
    at += read;
  }
  return bytes;
}

/**
 * Writes bytes, all of them.
 *
 * @throws {Gone} when the other side has left
 */
export async function writeFully(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  try {
    for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
  } catch (error) {
    throw new Gone("", { cause: error });
  }
}
