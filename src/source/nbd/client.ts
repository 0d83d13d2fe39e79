/**
 * Reads blocks that another program serves over a Unix socket.
 *
 * @module
 */
import {
  EXPORT_REPLY_BYTES,
  exportNameOption,
  GREETING_BYTES,
  isGreeting,
  MAX_REQUEST_BYTES,
  parseExportSize,
  parseSimpleReply,
  readRequest,
  SIMPLE_REPLY_BYTES,
} from "./protocol.ts";
import { Gone, readFully, writeFully } from "./wire.ts";

/** A connection to a server; one request at a time. */
export class NbdClient implements Disposable {
  readonly #conn: Deno.Conn;
  /** Length of what is served, in bytes. */
  readonly sizeBytes: number;
  #turn: Promise<unknown> = Promise.resolve();
  #cookie = 0n;
  #isOpen = true;

  private constructor(conn: Deno.Conn, sizeBytes: number) {
    this.#conn = conn;
    this.sizeBytes = sizeBytes;
  }

  /**
   * Connects to what a socket serves.
   *
   * @throws {Gone} when the server has nothing to serve, which it says nowhere but in its log
   */
  static async connect(socket: string): Promise<NbdClient> {
    const conn = await Deno.connect({ transport: "unix", path: socket });
    try {
      if (!isGreeting(await readFully(conn, GREETING_BYTES))) throw new Gone();
      await writeFully(conn, exportNameOption());
      return new NbdClient(conn, parseExportSize(await readFully(conn, EXPORT_REPLY_BYTES)));
    } catch (error) {
      conn.close();
      throw error;
    }
  }

  /**
   * Bytes at an offset, none missing.
   *
   * @throws {Gone} when the server cannot read them, or has ended
   */
  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += MAX_REQUEST_BYTES) {
      const part = Math.min(MAX_REQUEST_BYTES, length - at);
      bytes.set(await this.#inTurn(() => this.#request(offset + at, part)), at);
    }
    return bytes;
  }

  /** Ends the connection, and with it the request that is being answered. */
  [Symbol.dispose](): void {
    if (this.#isOpen) this.#conn.close();
    this.#isOpen = false;
  }

  async #request(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const cookie = this.#cookie++;
    await writeFully(this.#conn, readRequest(cookie, offset, length));
    const errno = parseSimpleReply(await readFully(this.#conn, SIMPLE_REPLY_BYTES), cookie);
    if (errno !== 0) throw new Gone(`error ${errno}`);
    return await readFully(this.#conn, length);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work);
    this.#turn = mine.then(() => {}, () => {});
    return await mine;
  }
}
