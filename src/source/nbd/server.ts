/**
 * Serves blocks that this program puts together to qemu, over a Unix socket, read-only. It lives in this process,
 * and so ends with it.
 *
 * @module
 */
import { type Blocks, serveClient } from "./connection.ts";
import { Turns } from "./turns.ts";

/** A running server; disposing of it closes the socket and every connection. */
export class NbdServer implements AsyncDisposable {
  readonly #listener: Deno.UnixListener;
  readonly #clients = new Map<Deno.Conn, Promise<void>>();
  readonly #accepting: Promise<void>;
  /** One reader at a time: they share files, and so their positions. */
  readonly #turns = new Turns();

  /** Listens on a socket. */
  constructor(socket: string, blocks: Blocks) {
    this.#listener = Deno.listen({ transport: "unix", path: socket });
    const turns: Blocks = {
      sizeBytes: blocks.sizeBytes,
      read: (offset, length) => this.#turns.take(() => blocks.read(offset, length)),
      runs: (offset, length) => this.#turns.take(() => blocks.runs(offset, length)),
    };
    this.#accepting = this.#accept(turns);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    for (const conn of this.#clients.keys()) conn.close();
    await Promise.allSettled(this.#clients.values());
  }

  async #accept(blocks: Blocks): Promise<void> {
    for await (const conn of this.#listener) {
      const served = serveClient(conn, blocks).finally(() => {
        if (this.#clients.delete(conn)) closeIfOpen(conn);
      });
      // Its failure is the client's to notice, and is awaited at the end.
      served.catch(() => {});
      this.#clients.set(conn, served);
    }
  }
}

function closeIfOpen(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
