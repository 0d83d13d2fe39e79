/**
 * A relay between a port of its own and a server on loopback; it counts what the server sends.
 *
 * @module
 */

/** A running relay. */
export class CountingRelay implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  #bytesSent = 0;

  /** Starts to listen for a server on another port. */
  constructor(serverPort: number) {
    this.#accept(serverPort);
  }

  /** Its port. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Bytes that the server has sent. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /** Stops to listen; connections end with their ends. */
  [Symbol.dispose](): void {
    this.#listener.close();
  }

  async #accept(serverPort: number): Promise<void> {
    for await (const client of this.#listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: serverPort });
      const counter = new TransformStream<Uint8Array, Uint8Array>({
        transform: (bytes, controller) => {
          this.#bytesSent += bytes.length;
          controller.enqueue(bytes);
        },
      });
      const ends = [
        client.readable.pipeTo(server.writable),
        server.readable.pipeThrough(counter).pipeTo(client.writable),
      ];
      // Either end may go away at any time.
      Promise.allSettled(ends);
    }
  }
}
