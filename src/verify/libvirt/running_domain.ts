/**
 * One machine of a boot proof, on the thread that runs libvirt's event loop.
 *
 * @module
 */
import {
  Connection,
  type Domain,
  STOP_REASONS,
  type Stream,
  type Subscription,
  VirtError,
} from "../../../ffi/libvirt/mod.ts";
import { type DiskActivity, VIEW_PORT } from "../proof_guest.ts";
import type { GuestAnswers, GuestMessage, GuestPort, GuestRequest } from "./messages.ts";

/** QEMU looks once a second whether somebody listens on a serial port; until then it drops what is written. */
const NOTICE_MS = 1_200;
/** How long an answer of the agent is waited for. */
const AGENT_SECONDS = 5;
/** Streams end all the same when the machine does: errors of theirs say nothing. */
const PORTS: Readonly<Record<GuestPort, (domain: Domain) => Stream>> = {
  console: (domain) => domain.openConsole("serial0"),
  "view-serial": (domain) => domain.openConsole("serial1"),
  view: (domain) => domain.openChannel(VIEW_PORT),
};

/** What its stop means: the guest's doing, or that of what runs it. */
function endOf(detail: number): { readonly reason?: string; readonly failure?: string } {
  const why = STOP_REASONS[detail];
  if (why === "crashed") return { reason: "it crashed" };
  if (why === "failed") return { failure: "QEMU failed; libvirt's log of the domain says why" };
  return { reason: "it restarted or powered off" };
}

/** A machine that runs. */
export class RunningDomain implements Disposable {
  readonly #guest: number;
  readonly #post: (message: GuestMessage) => void;
  readonly #connection: Connection;
  readonly #domain: Domain;
  readonly #disks: readonly string[];
  readonly #streams = new Map<GuestPort, Stream>();
  readonly #subscriptions: Subscription[] = [];
  #hasAgent = false;
  #isOver = false;

  /** Starts a machine that ends with the connection; its ports are open before it does anything. */
  static async start(
    guest: number,
    request: Extract<GuestRequest, { type: "start" }>,
    post: (message: GuestMessage) => void,
  ): Promise<RunningDomain> {
    const connection = Connection.open(request.uri);
    try {
      const domain = connection.startTransient(request.xml);
      const running = new RunningDomain(guest, post, connection, domain, request.disks);
      running.#open();
      await new Promise((resolve) => setTimeout(resolve, NOTICE_MS));
      domain.resume();
      return running;
    } catch (error) {
      connection[Symbol.dispose]();
      throw error;
    }
  }

  private constructor(
    guest: number,
    post: (message: GuestMessage) => void,
    connection: Connection,
    domain: Domain,
    disks: readonly string[],
  ) {
    this.#guest = guest;
    this.#post = post;
    this.#connection = connection;
    this.#domain = domain;
    this.#disks = disks;
  }

  #open(): void {
    this.#subscriptions.push(
      this.#domain.onLifecycle((event, detail) => {
        if (event === "stopped") this.#end(endOf(detail));
        if (event === "crashed") this.#end({ reason: "it crashed" });
      }),
      this.#domain.onAgent((isConnected) => this.#hasAgent = isConnected),
    );
    for (const [port, open] of Object.entries(PORTS)) {
      this.#streams.set(port as GuestPort, open(this.#domain));
    }
  }

  /** Passes on what has come through the ports; called after each round of the event loop. */
  pump(): void {
    for (const [port, stream] of this.#streams) {
      for (let bytes = this.#receive(port, stream); bytes !== null; bytes = this.#receive(port, stream)) {
        this.#post({ type: "text", guest: this.#guest, port, bytes });
      }
    }
  }

  /** The next bytes of a port, null when there are none (any more). */
  #receive(port: GuestPort, stream: Stream): Uint8Array<ArrayBuffer> | null {
    try {
      const bytes = stream.receive();
      if (bytes !== null) return bytes.length === 0 ? null : bytes;
      stream.finish();
    } catch (error) {
      if (!(error instanceof VirtError)) throw error;
      if (!this.#isReachable()) this.#end({ failure: `the connection to libvirt broke: ${error.message}` });
    }
    this.#streams.delete(port);
    stream[Symbol.dispose]();
    return null;
  }

  #isReachable(): boolean {
    try {
      this.#domain.state();
      return true;
    } catch (error) {
      // A domain that is gone is an answer, too.
      return error instanceof VirtError && error.action === "virDomainGetState" && this.#connectionAnswers();
    }
  }

  #connectionAnswers(): boolean {
    try {
      this.#connection.libVersion();
      return true;
    } catch {
      return false;
    }
  }

  /** Answers a question. */
  answer(request: Exclude<GuestRequest, { type: "start" | "stop" }>): GuestAnswers[keyof GuestAnswers] {
    switch (request.type) {
      case "screenshot":
        return this.#domain.screenshot();
      case "activity":
        return this.#isOver ? null : this.#activity();
      case "agent":
        return this.#hasAgent ? this.#domain.agentCommand(request.command, AGENT_SECONDS) : null;
      case "type":
        this.#streams.get("console")?.send(request.bytes);
        return null;
    }
  }

  #activity(): DiskActivity {
    const stats = this.#disks.map((disk) => this.#domain.blockStats(disk));
    return {
      readBytes: stats.reduce((sum, { readBytes }) => sum + readBytes, 0),
      writtenBytes: stats.reduce((sum, { writtenBytes }) => sum + writtenBytes, 0),
    };
  }

  #end(end: { readonly reason?: string; readonly failure?: string }): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.pump();
    this.#post({ type: "end", guest: this.#guest, ...end });
  }

  /** Ends the machine and the connection. */
  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    for (const stream of this.#streams.values()) stream[Symbol.dispose]();
    try {
      if (!this.#isOver) this.#domain.destroy();
    } catch (error) {
      // It may have ended in this moment; whatever is left of it ends with the connection.
      if (!(error instanceof VirtError)) throw error;
    } finally {
      this.#isOver = true;
      this.#domain[Symbol.dispose]();
      this.#connection[Symbol.dispose]();
    }
  }
}
