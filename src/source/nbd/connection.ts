/**
 * One client of the NBD server: it negotiates, and then its requests are answered in order.
 *
 * @module
 */
import {
  ALLOCATION,
  ERRNO,
  errorReply,
  exportInfo,
  exportNameReply,
  GREETING,
  MAX_REQUEST_BYTES,
  metaContextReply,
  OPTION,
  OPTION_MAGIC,
  optionReply,
  parseRequest,
  readReply,
  REPLY,
  REQUEST,
  type Request,
  REQUEST_BYTES,
  type Run,
  statusReply,
} from "./protocol.ts";
import { Gone, readFully, writeFully } from "./wire.ts";

/** What is served. */
export interface Blocks {
  /** Length in bytes. */
  readonly sizeBytes: number;
  /** Bytes at an offset; both in whole sectors. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Which parts of a range are holes. */
  runs(offset: number, length: number): Promise<readonly Run[]>;
}

const MAX_OPTION_BYTES = 64 * 1024;
/** Most bytes that one answer tells about. */
const MAX_STATUS_BYTES = 64 * 1024 * 1024;
const NONE = new Uint8Array(0);

/** Serves a client until it leaves. */
export async function serveClient(conn: Deno.Conn, blocks: Blocks): Promise<void> {
  try {
    await new Client(conn, blocks).serve();
  } catch (error) {
    const { BrokenPipe, ConnectionReset, BadResource, Interrupted } = Deno.errors;
    const gone = [Gone, BrokenPipe, ConnectionReset, BadResource, Interrupted].some((one) =>
      error instanceof one
    );
    if (!gone) throw error;
  }
}

class Client {
  readonly #conn: Deno.Conn;
  readonly #blocks: Blocks;
  #structured = false;

  constructor(conn: Deno.Conn, blocks: Blocks) {
    this.#conn = conn;
    this.#blocks = blocks;
  }

  async serve(): Promise<void> {
    await this.#write(GREETING);
    await this.#read(4);
    while (!await this.#negotiate());
    for (;;) {
      const request = parseRequest(await this.#read(REQUEST_BYTES));
      if (request === null || request.type === REQUEST.disconnect) return;
      await this.#answer(request);
    }
  }

  /** One option; true when the client has chosen the export. */
  async #negotiate(): Promise<boolean> {
    const header = new DataView((await this.#read(16)).buffer);
    const option = header.getUint32(8), length = header.getUint32(12);
    if (header.getBigUint64(0) !== OPTION_MAGIC || length > MAX_OPTION_BYTES) throw new Gone();
    const data = await this.#read(length);
    const reply = (type: number, payload: Uint8Array = NONE): Promise<void> =>
      this.#write(optionReply(option, type, payload));
    if (option === OPTION.exportName) {
      await this.#write(exportNameReply(this.#blocks.sizeBytes));
      return true;
    }
    if (option === OPTION.abort) {
      await reply(REPLY.ack);
      throw new Gone();
    }
    if (option === OPTION.go || option === OPTION.info) {
      for (const info of exportInfo(this.#blocks.sizeBytes)) await reply(REPLY.info, info);
    } else if (option === OPTION.structuredReply) this.#structured = true;
    else if (option === OPTION.setMetaContext) {
      // The names come with their lengths; there is only one that can be meant.
      if (new TextDecoder().decode(data).includes(ALLOCATION)) {
        await reply(REPLY.metaContext, metaContextReply());
      }
    } else {
      await reply(REPLY.unsupported);
      return false;
    }
    await reply(REPLY.ack);
    return option === OPTION.go;
  }

  async #answer(request: Request): Promise<void> {
    const { type, offset, length } = request;
    const isKnown = type === REQUEST.read || (type === REQUEST.blockStatus && this.#structured);
    const isInside = length > 0 && offset + length <= this.#blocks.sizeBytes;
    if (!isKnown) return await this.#refuse(request, ERRNO.notPermitted);
    const isTooLong = type === REQUEST.read && length > MAX_REQUEST_BYTES;
    if (!isInside || isTooLong) return await this.#refuse(request, ERRNO.invalid);
    try {
      if (type === REQUEST.read) {
        const bytes = await this.#blocks.read(offset, length);
        await this.#write(readReply(request, this.#structured));
        await this.#write(bytes);
        return;
      }
      // A server may tell less than it was asked for.
      const runs = await this.#blocks.runs(offset, Math.min(length, MAX_STATUS_BYTES));
      await this.#write(statusReply(request, runs));
    } catch (error) {
      if (error instanceof Gone) throw error;
      await this.#refuse(request, ERRNO.io);
    }
  }

  async #refuse(request: Request, errno: number): Promise<void> {
    await this.#write(errorReply(request, errno, this.#structured));
  }

  async #read(length: number): Promise<Uint8Array<ArrayBuffer>> {
    return await readFully(this.#conn, length);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await writeFully(this.#conn, bytes);
  }
}
