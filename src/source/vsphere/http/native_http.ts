/**
 * Large answers by fetch(), whose TLS is Deno's own: several times as fast as Node's. It takes what a known authority
 * has signed and nothing else, so that pinned certificates stay with {@linkcode Transport}'s other way.
 *
 * @module
 */
import type { HttpReply, HttpRequest } from "./transport.ts";
import type { Trust } from "./trust.ts";

/** Room for what is read at once, in bytes. */
const BUFFER_BYTES = 1024 ** 2;
/**
 * What is waited for, in bytes: TLS gives 16 KiB at a time, and to hand each of them on costs more than to decrypt
 * it. A connection that breaks loses as much, and one that brings less in the stall limit has stalled.
 */
const FIRST_WAIT_BYTES = 128 * 1024;
const LEAST_WAIT_BYTES = 16 * 1024;
/** More is waited for when it has come within this time, in milliseconds. */
const SHORT_WAIT_MS = 50;
/** Less is waited for when it has taken as long, in milliseconds. */
const LONG_WAIT_MS = 500;
/** fetch() would go through these, and the rest of the session does not. */
const PROXIES = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/** Whether fetch() reaches a server in the way that this trust wants. */
export function isNative(trust: Trust): boolean {
  return trust.kind === "ca" && PROXIES.every((name) => (Deno.env.get(name) ?? "") === "");
}

/** How a client is made. */
export interface NativeOptions {
  /** PEM of the authority; without it the system's. */
  readonly pem: string | undefined;
  /** Aborts every request. */
  readonly signal: AbortSignal;
  /** A server that sends nothing for so long has stalled, in milliseconds. */
  readonly stallMs: number;
}

/** Connections of fetch() to one server. */
export class NativeHttp implements Disposable {
  readonly #client: Deno.HttpClient;
  readonly #origin: string;
  readonly #options: NativeOptions;

  /** Prepares the connections to `https://host:port`; none is made yet. */
  constructor(origin: string, options: NativeOptions) {
    const { pem } = options;
    // Each stream has a connection of its own, as HTTP/2 would not have it.
    this.#client = Deno.createHttpClient({ http2: false, ...(pem === undefined ? {} : { caCerts: [pem] }) });
    this.#origin = origin;
    this.#options = options;
  }

  /**
   * Sends a request. What its body yields is overwritten by the one after the next.
   *
   * @throws {NativeHttpError} when the connection fails or stalls
   */
  async send({ method, path, headers = {} }: HttpRequest): Promise<HttpReply> {
    const watch = new StallWatch(this.#options.stallMs);
    try {
      const reply = await fetch(new URL(path, this.#origin), {
        method,
        headers: { ...headers, "accept-encoding": "identity" },
        redirect: "manual",
        client: this.#client,
        signal: AbortSignal.any([this.#options.signal, watch.signal]),
      });
      return { status: reply.status, headers: Object.fromEntries(reply.headers), body: bodyOf(reply, watch) };
    } catch (error) {
      watch.stop();
      throw asError(error);
    }
  }

  /** Closes the connections. */
  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/** A connection of fetch() that failed; its message is the reason. */
export class NativeHttpError extends Error {
  override readonly name = "NativeHttpError";
}

function asError(error: unknown): Error {
  // The reason comes last. The rest, and so the error itself, names the address, which may hold a ticket.
  return new NativeHttpError((error as Error).message.split(": ").at(-1) || "the connection failed");
}

function bodyOf(reply: Response, watch: StallWatch): HttpReply["body"] {
  return {
    [Symbol.asyncIterator]: () => chunksOf(reply, watch),
    text: async () => {
      const decoder = new TextDecoder();
      let text = "";
      for await (const bytes of chunksOf(reply, watch)) text += decoder.decode(bytes, { stream: true });
      return text + decoder.decode();
    },
    dump: async () => {
      watch.stop();
      await reply.body?.cancel();
    },
  };
}

/** Two buffers in turn: what is in one can be written while the other is filled. */
async function* chunksOf(reply: Response, watch: StallWatch): AsyncGenerator<Uint8Array> {
  const reader = reply.body?.getReader({ mode: "byob" });
  let waitBytes = FIRST_WAIT_BYTES;
  let free = new ArrayBuffer(BUFFER_BYTES), other = new ArrayBuffer(BUFFER_BYTES);
  try {
    while (reader !== undefined) {
      watch.seen(); // the time that our own disk took is none of the server's
      const asked = performance.now();
      const { value, done } = await reader.read(new Uint8Array(free), { min: waitBytes });
      watch.seen();
      waitBytes = nextWait(waitBytes, performance.now() - asked);
      if (value !== undefined && value.length > 0) yield value; // the last one comes with `done`
      if (done) return;
      [free, other] = [other, value.buffer];
    }
  } catch (error) {
    throw asError(error);
  } finally {
    watch.stop();
    // Who stops early leaves the rest; a body that failed has none.
    await reader?.cancel().catch(() => {});
  }
}

/** For how much to wait when so much has taken so long. */
function nextWait(waitBytes: number, tookMs: number): number {
  if (tookMs < SHORT_WAIT_MS) return Math.min(BUFFER_BYTES, waitBytes * 2);
  return tookMs < LONG_WAIT_MS ? waitBytes : Math.max(LEAST_WAIT_BYTES, waitBytes / 2);
}

/** Aborts a request of a server that sends nothing. */
class StallWatch {
  readonly #abort = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #seen = performance.now();

  constructor(stallMs: number) {
    this.#timer = setInterval(() => {
      if (performance.now() - this.#seen < stallMs) return;
      this.#abort.abort(new Error(`the server has sent nothing for ${stallMs / 1000} s`));
    }, Math.max(1, Math.min(stallMs / 4, 1_000)));
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  seen(): void {
    this.#seen = performance.now();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
