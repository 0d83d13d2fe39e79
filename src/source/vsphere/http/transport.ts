/**
 * HTTPS to one server. undici is Node's own HTTP client: it lets each connection be checked by our rules of
 * trust, which fetch() of Deno cannot (a pinned certificate, or one whose name does not match).
 *
 * @module
 */
import { Pool } from "undici";
import { MigrateError } from "../../../model/error.ts";
import { FlowingSocket } from "./flowing_socket.ts";
import { isNative, NativeHttp, NativeHttpError } from "./native_http.ts";
import { connectTls, explainDistrust, type Trust } from "./trust.ts";

/** Where a server is and what makes it trustworthy. */
export interface TransportOptions {
  /** Name or address. */
  readonly host: string;
  /** Port. */
  readonly port: number;
  /** Which certificate is accepted. */
  readonly trust: Trust;
  /** Aborts every request. */
  readonly signal: AbortSignal;
  /** A server that sends nothing for so long has stalled, in milliseconds. */
  readonly stallMs?: number;
}

/** One request. */
export interface HttpRequest {
  /** Method. */
  readonly method: "GET" | "HEAD" | "POST";
  /** Path with query. */
  readonly path: string;
  /** Headers in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Body. */
  readonly body?: string | undefined;
}

/** One answer; its body must be read, or thrown away with {@linkcode discard}. */
export interface HttpReply {
  /** Status. */
  readonly status: number;
  /** Headers in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Body. */
  readonly body: AsyncIterable<Uint8Array> & { text(): Promise<string>; dump(): Promise<unknown> };
}

const STALL_MS = 60_000;
/** Most connections to one server. */
const CONNECTIONS = 32;

/** Connections to one server, kept open between requests. */
export class Transport implements AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
  readonly #pool: Pool;
  #native: NativeHttp | undefined;
  readonly #signal: AbortSignal;
  readonly #options: TransportOptions;

  /** Prepares the connections; none is made yet. */
  constructor(options: TransportOptions) {
    const { host, port, trust } = options;
    this.address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    this.#signal = options.signal;
    this.#options = options;
    this.#pool = new Pool(`https://${this.address}`, {
      connections: CONNECTIONS,
      headersTimeout: options.stallMs ?? STALL_MS,
      bodyTimeout: options.stallMs ?? STALL_MS,
      connect: (_target, done) => {
        connectTls(host, port, trust).then(
          // undici wants a socket and uses of it what every Duplex has, and the rest of what this one adds.
          (socket) => done(null, new FlowingSocket(socket) as unknown as typeof socket),
          (error) => done(error, null),
        );
      },
    });
  }

  /** Sends a request; throws what the connection failed with. */
  async send({ method, path, headers = {}, body }: HttpRequest): Promise<HttpReply> {
    const options = { method, path, headers: { ...headers }, body: body ?? null, signal: this.#signal };
    return await this.#explaining(async () => {
      const reply = await this.#pool.request(options);
      return { status: reply.statusCode, headers: reply.headers, body: reply.body };
    });
  }

  /**
   * Sends a request for something large, in the fastest way that the rules of trust allow. What its body yields is
   * overwritten by the one after the next.
   */
  async sendLarge(request: HttpRequest): Promise<HttpReply> {
    const { trust, signal, stallMs = STALL_MS } = this.#options;
    if (trust.kind !== "ca" || !isNative(trust)) return await this.send(request);
    this.#native ??= new NativeHttp(`https://${this.address}`, { pem: trust.pem, signal, stallMs });
    return await this.#explaining(() => this.#native!.send(request));
  }

  async #explaining<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { host, port, trust } = this.#options;
      throw (trust.kind === "ca" ? await explainDistrust(host, port, error) : null) ?? error;
    }
  }

  /** Closes the connections at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#native?.[Symbol.dispose]();
    await this.#pool.destroy();
  }
}

/** Throws away what is left of an answer. */
export async function discard(reply: HttpReply): Promise<void> {
  await reply.body.dump();
}

/** One header of an answer. */
export function header(reply: HttpReply, name: string): string | undefined {
  const value = reply.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** How often something that failed is tried in all. */
const ATTEMPTS = 5;
/** The first pause before trying again, in milliseconds; each one after is twice as long. */
const FIRST_PAUSE_MS = 200;

/**
 * Tries again after failures of the connection and answers that say "later". Our own errors, such as a
 * certificate that is not trusted, end it at once.
 *
 * @throws {MigrateError} `network/failed` after the last attempt, or `run/cancelled`
 */
export async function retrying<T>(
  what: string,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let tried = 1;; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted) throw new MigrateError("run/cancelled", "Cancelled.");
      if (!isPassing(error)) throw error;
      if (tried === ATTEMPTS) throw unreachable(what, error);
    }
    await pause(FIRST_PAUSE_MS * 2 ** (tried - 1), signal);
  }
}

/** An answer that means "try again": 502, 503, 504 and 429. */
export class Unavailable extends Error {
  /** Tells it from other errors. */
  override readonly name = "Unavailable";
}

/** Whether the status of an answer means "try again". */
export function isUnavailable(status: number): boolean {
  return status === 429 || (status >= 502 && status <= 504);
}

/** Codes of undici and of the system that a server or a network which comes back can mend. */
const NETWORK_CODES =
  /^(UND_ERR_|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EAI_AGAIN|ERR_SSL|ERR_STREAM_PREMATURE)/;

/** Whether it may work the next time; our own errors and the system's about files do not pass. */
export function isPassing(error: unknown): boolean {
  if (error instanceof Unavailable || error instanceof NativeHttpError) return true;
  if (!(error instanceof Error) || error instanceof MigrateError) return false;
  return NETWORK_CODES.test(String((error as { code?: unknown }).code)) ||
    /connection|socket|terminated|reset|closed|timed? ?out/i.test(error.message);
}

function unreachable(what: string, cause: unknown): MigrateError {
  const reason = ((cause as Error).message || String((cause as { code?: string }).code)).replace(/\.$/, "");
  return new MigrateError("network/failed", `Cannot ${what}: ${reason} (${ATTEMPTS} attempts).`, {
    hint: "Check the address and the network, and that the server is up; then run the same command again.",
    cause,
  });
}

/** Waits, but not longer than the run. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise.finally(() => clearTimeout(timer));
}
