/**
 * Streams of libvirt: bytes to and from a domain or a volume, through the connection.
 *
 * @module
 */
import type { NonNullPointer } from "../c.ts";
import { unwrap } from "./error.ts";
import { VirtHandle } from "./handle.ts";

/** How much is moved at a time: libvirt's messages hold at most 256 KiB. */
const CHUNK_BYTES = 256 * 1024;
/** What virStreamRecv returns when nothing has come yet (`VIR_STREAM_NONBLOCK` only). */
const NOTHING_YET = -2;
/** `VIR_STREAM_NONBLOCK` */
const NONBLOCK = 1;

/** One stream. It ends by `finish`, by `abort`, or when a call on it fails. */
export class Stream extends VirtHandle {
  #isOpen = true;

  private constructor(pointer: NonNullPointer) {
    super(pointer, (stream) => {
      if (this.#isOpen) this.symbols.virStreamAbort(stream);
      this.symbols.virStreamFree(stream);
    });
  }

  /**
   * Makes a stream of a connection, to be given to a call. One that does not block gets its data while
   * {@linkcode runEvents} runs.
   */
  static create(
    symbols: VirtHandle["symbols"],
    connection: NonNullPointer,
    options: { readonly nonBlocking?: boolean } = {},
  ): Stream {
    const stream = symbols.virStreamNew(connection, options.nonBlocking ? NONBLOCK : 0);
    return new Stream(unwrap(symbols, "virStreamNew", stream));
  }

  /** The stream itself, for the call that it is given to. */
  get raw(): NonNullPointer {
    return this.pointer;
  }

  /** Bytes that have come: null at the end, an empty array when there are none yet. */
  receive(): Uint8Array<ArrayBuffer> | null {
    const buffer = new Uint8Array(CHUNK_BYTES);
    const received = this.symbols.virStreamRecv(this.pointer, buffer, BigInt(buffer.length));
    if (received === NOTHING_YET) return new Uint8Array(0);
    // virStreamRecv aborts the stream by itself when it fails.
    if (received < 0) this.#isOpen = false;
    unwrap(this.symbols, "virStreamRecv", received);
    return received === 0 ? null : buffer.slice(0, received);
  }

  /** Sends bytes, all of them; blocks until the other end takes them. */
  send(bytes: Uint8Array<ArrayBuffer>): void {
    for (let sent = 0; sent < bytes.length;) {
      const part = bytes.subarray(sent, sent + CHUNK_BYTES);
      const count = this.symbols.virStreamSend(this.pointer, part, BigInt(part.length));
      if (count < 0) this.#isOpen = false;
      sent += unwrap(this.symbols, "virStreamSend", count);
    }
  }

  /** The same, with runs of zeros as holes; for streams of `StorageVolume.upload`. */
  sendSparse(bytes: Uint8Array<ArrayBuffer>): void {
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      const part = bytes.subarray(at, at + CHUNK_BYTES);
      if (part.some((byte) => byte !== 0)) this.send(part);
      else {
        const status = this.symbols.virStreamSendHole(this.pointer, BigInt(part.length), 0);
        if (status < 0) this.#isOpen = false;
        unwrap(this.symbols, "virStreamSendHole", status);
      }
    }
  }

  /** Everything to the end, and ends the stream. */
  receiveAll(): Uint8Array<ArrayBuffer> {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for (let chunk = this.receive(); chunk !== null; chunk = this.receive()) chunks.push(chunk);
    this.finish();
    const data = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let offset = 0;
    for (const chunk of chunks) {
      data.set(chunk, offset);
      offset += chunk.length;
    }
    return data;
  }

  /** Ends it; what was sent has arrived when this returns, or it throws. */
  finish(): void {
    this.#isOpen = false;
    unwrap(this.symbols, "virStreamFinish", this.symbols.virStreamFinish(this.pointer));
  }
}
