/**
 * A client for qemu's control protocol, QMP, over a Unix socket: one JSON object a line, a greeting, a
 * handshake, then commands with ids and events in between (qemu's docs/interop/qmp-spec).
 *
 * @module
 */
import { cancelled, MigrateError } from "../model/error.ts";

/** One event of qemu, such as `RESET` or `SHUTDOWN`. */
export interface QmpEvent {
  /** Name of the event. */
  readonly event: string;
  /** Its members. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** How a socket is waited for, or a command run. */
export interface QmpOptions {
  /** Ends the wait when aborted. */
  readonly signal?: AbortSignal;
  /** Ends the wait after this many milliseconds (default: 10 000). */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** Pause between two attempts to connect, in milliseconds. */
const RETRY_MS = 25;

/** One line from qemu. */
interface QmpMessage {
  readonly QMP?: unknown;
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
  readonly event?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A connection to the control socket of one qemu. */
export class QmpClient implements AsyncDisposable {
  readonly #socket: Deno.Conn;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  readonly #greeting = Promise.withResolvers<void>();
  readonly #reading: Promise<void>;
  #nextId = 1;
  #closed = false;

  private constructor(socket: Deno.Conn) {
    this.#socket = socket;
    this.#reading = this.#read();
  }

  /**
   * Connects and does the handshake; retries until the socket exists, because qemu makes it after its start.
   *
   * @param path The socket, at most 107 bytes long (unix(7))
   * @throws {MigrateError} `tool/timeout` when nobody answers in time, `run/cancelled`
   */
  static async connect(path: string, options: QmpOptions = {}): Promise<QmpClient> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const deadline = performance.now() + timeoutMs;
    const socket = await openSocket(path, deadline, timeoutMs, options.signal);
    const client = new QmpClient(socket);
    try {
      const left = { ...options, timeoutMs: Math.max(1, deadline - performance.now()) };
      await bounded(client.#greeting.promise, "the greeting", left);
      await client.execute("qmp_capabilities", {}, left);
      return client;
    } catch (error) {
      await client[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Whether qemu has closed the connection, or this side has. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Calls the listener for every event from now on, until the returned function is called. */
  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Runs one command and returns what qemu returned.
   *
   * @throws {MigrateError} `tool/failed` with qemu's reason, `tool/timeout`, `run/cancelled`
   */
  async execute(
    command: string,
    args: Readonly<Record<string, unknown>> = {},
    options: QmpOptions = {},
  ): Promise<unknown> {
    if (this.#closed) throw disconnected(command);
    const id = this.#nextId++;
    const answer = Promise.withResolvers<unknown>();
    this.#pending.set(id, answer);
    try {
      const line = JSON.stringify({ execute: command, arguments: args, id }) + "\n";
      const [value] = await Promise.all([
        bounded(answer.promise, command, options),
        this.#write(command, new TextEncoder().encode(line)),
      ]);
      return value;
    } finally {
      this.#pending.delete(id);
    }
  }

  /** Closes the connection; qemu keeps running. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#finish();
    await this.#reading;
  }

  async #write(command: string, bytes: Uint8Array): Promise<void> {
    try {
      for (let sent = 0; sent < bytes.length;) sent += await this.#socket.write(bytes.subarray(sent));
    } catch (error) {
      throw disconnected(command, error);
    }
  }

  async #read(): Promise<void> {
    try {
      const decoder = new TextDecoder();
      const buffer = new Uint8Array(16 * 1024);
      let text = "";
      for (let count; (count = await this.#socket.read(buffer)) !== null;) {
        const lines = (text + decoder.decode(buffer.subarray(0, count), { stream: true })).split("\n");
        text = lines.pop() ?? "";
        for (const line of lines) this.#receive(JSON.parse(line) as QmpMessage);
      }
    } catch (error) {
      // Closing the socket on either side breaks the read; what still waits is rejected in #finish().
      this.#greeting.reject(disconnected("the greeting", error));
    } finally {
      this.#finish();
    }
  }

  #receive(message: QmpMessage): void {
    if (message.QMP !== undefined) return this.#greeting.resolve();
    if (message.event !== undefined) {
      for (const listener of this.#listeners) listener({ event: message.event, data: message.data ?? {} });
      return;
    }
    const answer = this.#pending.get(message.id ?? 0);
    if (message.error === undefined) return answer?.resolve(message.return);
    answer?.reject(new MigrateError("tool/failed", `Cannot control qemu: ${message.error.desc}`));
  }

  #finish(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#greeting.reject(disconnected("the greeting"));
    for (const answer of this.#pending.values()) answer.reject(disconnected("a command"));
    this.#socket.close();
  }
}

async function openSocket(
  path: string,
  deadline: number,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Deno.Conn> {
  while (true) {
    if (signal?.aborted) throw cancelled();
    try {
      return await Deno.connect({ transport: "unix", path });
    } catch (error) {
      const notYet = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.ConnectionRefused;
      if (!notYet) throw error;
      if (performance.now() > deadline) throw timedOut("answer on its control socket", timeoutMs, error);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** Waits for a promise, for so long and no longer. */
async function bounded<T>(promise: Promise<T>, what: string, options: QmpOptions): Promise<T> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const gate = Promise.withResolvers<never>();
  const timer = setTimeout(() => gate.reject(timedOut(what, timeoutMs)), timeoutMs);
  const abort = (): void => gate.reject(cancelled());
  options.signal?.addEventListener("abort", abort, { once: true });
  if (options.signal?.aborted) abort();
  try {
    return await Promise.race([promise, gate.promise]);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", abort);
  }
}

function timedOut(what: string, timeoutMs: number, cause?: unknown): MigrateError {
  const message = `Cannot control qemu: no answer to ${what} within ${Math.round(timeoutMs)} ms.`;
  return new MigrateError("tool/timeout", message, { cause });
}

function disconnected(what: string, cause?: unknown): MigrateError {
  return new MigrateError("tool/failed", `Cannot control qemu: it hung up before ${what} was done.`, {
    cause,
  });
}
