/**
 * A TLS connection that is always read. A socket of node:tls that is paused, or read by its `readable` event as
 * undici does, does not hear in Deno 2.9 that the server has closed the connection: a download that was cut off would
 * wait for the stall limit.
 *
 * @module
 */
import { Duplex } from "node:stream";
import type tls from "node:tls";

/** How much may wait for its reader before the connection is paused after all, in bytes: more than one piece. */
const UNREAD_BYTES = 16 * 1024 ** 2;
/** How much its reader gets at once, in bytes. */
const AT_ONCE_BYTES = 64 * 1024;

/** Reads a socket on, whether or not somebody wants its bytes yet. */
export class FlowingSocket extends Duplex {
  /** The protocol that was agreed on; undici asks. */
  readonly alpnProtocol: string | false | null;
  readonly #socket: tls.TLSSocket;
  #isEnded = false;

  /** Takes a socket over. */
  constructor(socket: tls.TLSSocket) {
    super({ readableHighWaterMark: UNREAD_BYTES });
    this.#socket = socket;
    this.alpnProtocol = socket.alpnProtocol;
    socket.on("data", (bytes: Uint8Array) => {
      if (!this.push(bytes)) socket.pause();
    });
    socket.once("end", () => this.#end());
    // What has come is still read; then the reader hears of the end.
    socket.once("close", () => this.#end());
    socket.on("error", (error) => this.destroy(error));
  }

  #end(): void {
    if (!this.#isEnded) this.push(null);
    this.#isEnded = true;
  }

  /**
   * A part of what has come. undici gives back what a busy reader does not take yet, and a queue of thousands of
   * packets, or one of megabytes, makes that slower than any network.
   */
  override read(sizeBytes: number = AT_ONCE_BYTES): unknown {
    const isWanted = sizeBytes > 0 && this.readableLength > 0;
    return super.read(isWanted ? Math.min(sizeBytes, this.readableLength) : sizeBytes);
  }

  /** Somebody has read. */
  override _read(): void {
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  /** Sends bytes. */
  override _write(bytes: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(bytes, done);
  }

  /** Closes our side. */
  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done());
  }

  /** Closes the connection. */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  /** Lets the program wait for the connection; undici calls it. */
  ref(): this {
    this.#socket.ref();
    return this;
  }

  /** Lets the program end while the connection is open; undici calls it. */
  unref(): this {
    this.#socket.unref();
    return this;
  }
}
