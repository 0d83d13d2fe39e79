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
import { Turns } from "./turns.ts";
import { Gone, readFully, writeFully } from "./wire.ts";

/** A connection to a server; one request at a time. */
export class NbdClient implements Disposable {
  readonly #conn: Deno.Conn;
  readonly #closing: Disposable;
  /** Length of what is served, in bytes. */
  readonly sizeBytes: number;
  readonly #turns = new Turns();
  #cookie = 0n;

  private constructor(conn: Deno.Conn, closing: Disposable, sizeBytes: number) {
    this.#conn = conn;
    this.#closing = closing;
    this.sizeBytes = sizeBytes;
  }

  /**
   * Connects to what a socket serves.
   *
   * @param signal ends the connection, and with it what waits for an answer
   * @throws {Gone} when the server has nothing to serve, which it says nowhere but in its log
   */
  static async connect(socket: string, signal?: AbortSignal): Promise<NbdClient> {
    const conn = await Deno.connect({ transport: "unix", path: socket });
    const ending = closing(conn, signal);
    try {
      if (!isGreeting(await readFully(conn, GREETING_BYTES))) throw new Gone();
      await writeFully(conn, exportNameOption());
      return new NbdClient(conn, ending, parseExportSize(await readFully(conn, EXPORT_REPLY_BYTES)));
    } catch (error) {
      ending[Symbol.dispose]();
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
      bytes.set(await this.#turns.take(() => this.#request(offset + at, part)), at);
    }
    return bytes;
  }

  /** Ends the connection, and with it the request that is being answered. */
  [Symbol.dispose](): void {
    this.#closing[Symbol.dispose]();
  }

  async #request(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const cookie = this.#cookie++;
    await writeFully(this.#conn, readRequest(cookie, offset, length));
    const errno = parseSimpleReply(await readFully(this.#conn, SIMPLE_REPLY_BYTES), cookie);
    if (errno !== 0) throw new Gone(`error ${errno}`);
    return await readFully(this.#conn, length);
  }
}

/** Closes a connection once: when it is told to, or when the signal says so. */
function closing(conn: Deno.Conn, signal?: AbortSignal): Disposable {
  let isOpen = true;
  const close = (): void => {
    signal?.removeEventListener("abort", close);
    if (isOpen) conn.close();
    isOpen = false;
  };
  signal?.addEventListener("abort", close);
  if (signal?.aborted) close();
  return { [Symbol.dispose]: close };
}
