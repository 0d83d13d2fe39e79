/**
 * The guest agent through the socket that qemu makes for its port (qemu's docs/interop/qemu-ga.rst).
 *
 * @module
 */

/** How long an answer of an agent is waited for, in milliseconds. */
const ANSWER_MS = 5_000;

/** How reading ends when either end closes. */
const GONE = [Deno.errors.BadResource, Deno.errors.Interrupted, Deno.errors.ConnectionReset];

/** A line to the agent; asks nothing before the agent has shown itself. */
export class AgentSocket implements Disposable {
  readonly #path: string;
  #connection: Deno.UnixConn | undefined;
  #text = "";
  #wake = Promise.withResolvers<void>();
  #isThere = false;
  readonly #token = crypto.getRandomValues(new Uint32Array(1))[0]!;

  /** Prepares a line to a socket, which need not be there yet. */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The answer to a command, undefined while no agent answers. The first call says hello and does not wait: qemu
   * keeps the words until an agent opens its port.
   */
  async ask(command: string): Promise<unknown> {
    if (this.#connection === undefined) await this.#connect();
    this.#isThere ||= this.#take((answer) => answer.return === this.#token) !== undefined;
    if (!this.#isThere) return undefined;
    await this.#send({ execute: command });
    const deadline = performance.now() + ANSWER_MS;
    while (performance.now() < deadline) {
      const answer = this.#take(() => true);
      if (answer !== undefined) return answer.return;
      await this.#wait(deadline - performance.now());
    }
    return undefined;
  }

  async #connect(): Promise<void> {
    try {
      this.#connection = await Deno.connect({ transport: "unix", path: this.#path });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.ConnectionRefused) return;
      throw error;
    }
    void this.#read(this.#connection);
    // An answer with this number tells the agent's words from what an earlier client has left in the port.
    await this.#send({ execute: "guest-sync", arguments: { id: this.#token } });
  }

  async #send(command: unknown): Promise<void> {
    const bytes = new TextEncoder().encode(`${JSON.stringify(command)}\n`);
    try {
      for (let sent = 0; sent < bytes.length;) sent += await this.#connection!.write(bytes.subarray(sent));
    } catch (error) {
      // The other end closes when the machine ends: then no answer comes.
      if (!(error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset)) {
        throw error;
      }
    }
  }

  /** Reads until the line is closed. */
  async #read(connection: Deno.UnixConn): Promise<void> {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (let count; (count = await connection.read(buffer)) !== null;) {
        this.#text += decoder.decode(buffer.subarray(0, count), { stream: true });
        this.#wake.resolve();
      }
    } catch (error) {
      if (!(GONE.some((kind) => error instanceof kind))) {
        throw error;
      }
    }
  }

  /** Takes the first complete line that fits; those before it are of an earlier conversation. */
  #take(
    fits: (answer: { readonly return?: unknown }) => boolean,
  ): { readonly return?: unknown } | undefined {
    for (let end = this.#text.indexOf("\n"); end >= 0; end = this.#text.indexOf("\n")) {
      const line = this.#text.slice(0, end).replaceAll("\u00ff", "");
      this.#text = this.#text.slice(end + 1);
      const answer = line.trim() === "" ? undefined : parsed(line);
      if (answer !== undefined && fits(answer)) return answer;
    }
    return undefined;
  }

  async #wait(ms: number): Promise<void> {
    this.#wake = Promise.withResolvers<void>();
    const timer = setTimeout(this.#wake.resolve, ms);
    await this.#wake.promise;
    clearTimeout(timer);
  }

  /** Closes the line. */
  [Symbol.dispose](): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}

function parsed(line: string): { readonly return?: unknown } | undefined {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // half a line of an earlier conversation
    throw error;
  }
}
