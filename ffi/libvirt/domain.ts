/**
 * A domain: what libvirt calls a virtual machine.
 *
 * @module
 */
import { Arena, type NonNullPointer, takeCString } from "../c.ts";
import { agentCommand } from "./agent.ts";
import { unwrap } from "./error.ts";
import { type DomainEvent, Subscription } from "./events.ts";
import { VirtHandle } from "./handle.ts";
import { Stream } from "./stream.ts";

/** `virDomainState` by number. */
const STATES = [
  "no-state",
  "running",
  "blocked",
  "paused",
  "shutting-down",
  "shut-off",
  "crashed",
  "suspended",
] as const;

/** What a domain is doing. */
export type DomainState = (typeof STATES)[number];

/** Bits of `virDomainUndefineFlagsValues`. */
const UNDEFINE = {
  managedSave: 1 << 0,
  snapshotsMetadata: 1 << 1,
  nvram: 1 << 2,
  keepNvram: 1 << 3,
  checkpointsMetadata: 1 << 4,
} as const;

/** What goes, or stays, with a definition. Without any, a domain that has such things is not undefined. */
export type UndefineOptions = { readonly [Option in keyof typeof UNDEFINE]?: boolean };

/** Bits of `virDomainXMLFlags`. */
const XML = { secure: 1 << 0, inactive: 1 << 1 } as const;

/** A picture of a domain's screen. */
export interface Screenshot {
  /** Media type, such as `image/png` or `image/x-portable-pixmap`. */
  readonly mimeType: string;
  /** The picture file's content. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/** What a disk has moved, in bytes. */
export interface BlockStats {
  /** Read by the guest. */
  readonly readBytes: number;
  /** Written by the guest. */
  readonly writtenBytes: number;
}

/** One domain. */
export class Domain extends VirtHandle {
  readonly #connection: NonNullPointer;

  /** Takes a `virDomainPtr` over; made by a connection, which must stay open meanwhile. */
  constructor(pointer: NonNullPointer, connection: NonNullPointer) {
    super(pointer, (domain) => this.symbols.virDomainFree(domain));
    this.#connection = connection;
  }

  /** Its name. */
  name(): string {
    return this.read("virDomainGetName", this.symbols.virDomainGetName(this.pointer));
  }

  /** Its UUID, lower case with hyphens. */
  uuid(): string {
    const text = new Uint8Array(37); // VIR_UUID_STRING_BUFLEN
    const status = this.symbols.virDomainGetUUIDString(this.pointer, text);
    unwrap(this.symbols, "virDomainGetUUIDString", status);
    return new TextDecoder().decode(text.subarray(0, 36));
  }

  /** What it is doing. */
  state(): DomainState {
    using arena = new Arena();
    const state = arena.outInt32();
    const reason = arena.outInt32();
    const status = this.symbols.virDomainGetState(this.pointer, state.buffer, reason.buffer, 0);
    unwrap(this.symbols, "virDomainGetState", status);
    return STATES[state.value] ?? "no-state";
  }

  /** Whether a process stands behind it: running, paused, or on its way up or down. */
  isActive(): boolean {
    return !["no-state", "shut-off", "crashed"].includes(this.state());
  }

  /** Whether its definition outlives its run. */
  isPersistent(): boolean {
    const result = this.symbols.virDomainIsPersistent(this.pointer);
    return unwrap(this.symbols, "virDomainIsPersistent", result) === 1;
  }

  /** Its definition; `inactive` for that of the next start, `secure` with passwords. */
  xml(options: { readonly inactive?: boolean; readonly secure?: boolean } = {}): string {
    const flags = (options.inactive ? XML.inactive : 0) | (options.secure ? XML.secure : 0);
    return this.take("virDomainGetXMLDesc", this.symbols.virDomainGetXMLDesc(this.pointer, flags));
  }

  /** Starts it. */
  create(options: { readonly paused?: boolean } = {}): void {
    const status = this.symbols.virDomainCreateWithFlags(this.pointer, options.paused ? 1 : 0);
    unwrap(this.symbols, "virDomainCreateWithFlags", status);
  }

  /** Ends it at once, as if the power went. */
  destroy(): void {
    unwrap(this.symbols, "virDomainDestroyFlags", this.symbols.virDomainDestroyFlags(this.pointer, 0));
  }

  /** Asks the guest to shut down; returns before it has. */
  shutdown(): void {
    unwrap(this.symbols, "virDomainShutdownFlags", this.symbols.virDomainShutdownFlags(this.pointer, 0));
  }

  /** Removes the definition; one that is running goes on as a transient domain. */
  undefine(options: UndefineOptions = {}): void {
    let flags = 0;
    for (const [name, bit] of Object.entries(UNDEFINE)) {
      if (options[name as keyof UndefineOptions]) flags |= bit;
    }
    unwrap(this.symbols, "virDomainUndefineFlags", this.symbols.virDomainUndefineFlags(this.pointer, flags));
  }

  /** Whether it starts with the host. */
  autostart(): boolean {
    using arena = new Arena();
    const on = arena.outInt32();
    const status = this.symbols.virDomainGetAutostart(this.pointer, on.buffer);
    unwrap(this.symbols, "virDomainGetAutostart", status);
    return on.value === 1;
  }

  /** Makes it start with the host, or not. */
  setAutostart(on: boolean): void {
    const status = this.symbols.virDomainSetAutostart(this.pointer, on ? 1 : 0);
    unwrap(this.symbols, "virDomainSetAutostart", status);
  }

  /** Lets a paused one go on. */
  resume(): void {
    unwrap(this.symbols, "virDomainResume", this.symbols.virDomainResume(this.pointer));
  }

  /** A stream that carries a serial port, by the alias of the device such as `serial0`. */
  openConsole(alias: string): Stream {
    using arena = new Arena();
    const name = arena.string(alias);
    return this.#attach(
      "virDomainOpenConsole",
      (stream) => this.symbols.virDomainOpenConsole(this.pointer, name, stream, 0),
    );
  }

  /** A stream that carries a virtio port, by the name of its target. */
  openChannel(target: string): Stream {
    using arena = new Arena();
    const name = arena.string(target);
    return this.#attach(
      "virDomainOpenChannel",
      (stream) => this.symbols.virDomainOpenChannel(this.pointer, name, stream, 0),
    );
  }

  #attach(action: string, call: (stream: NonNullPointer) => number): Stream {
    const stream = Stream.create(this.symbols, this.#connection, { nonBlocking: true });
    try {
      unwrap(this.symbols, action, call(stream.raw));
      return stream;
    } catch (error) {
      stream[Symbol.dispose]();
      throw error;
    }
  }

  /** What a disk has moved since the start, in bytes; by its name in the definition, such as `vda`. */
  blockStats(disk: string): BlockStats {
    using arena = new Arena();
    const stats = new BigInt64Array(5); // rd_req, rd_bytes, wr_req, wr_bytes, errs
    const bytes = arena.bytes(new Uint8Array(stats.buffer));
    const name = arena.string(disk);
    const status = this.symbols.virDomainBlockStats(this.pointer, name, bytes, BigInt(stats.byteLength));
    unwrap(this.symbols, "virDomainBlockStats", status);
    return { readBytes: Number(stats[1]), writtenBytes: Number(stats[3]) };
  }

  /** Subscribes to what happens to it; called while {@linkcode runEvents} runs. */
  onLifecycle(tell: (event: DomainEvent, detail: number) => void): Subscription {
    return Subscription.lifecycle(this.#connection, this.pointer, tell);
  }

  /** Subscribes to its guest agent's coming and going. */
  onAgent(tell: (isConnected: boolean) => void): Subscription {
    return Subscription.agent(this.#connection, this.pointer, tell);
  }

  /** Sends its guest agent a command in JSON; the answer is JSON, too. Blocks for at most the time given. */
  agentCommand(command: string, timeoutSeconds: number): string {
    return agentCommand(this.symbols, this.pointer, command, timeoutSeconds);
  }

  /** A picture of a screen, from 0. */
  screenshot(screen = 0): Screenshot {
    const { symbols } = this;
    using stream = Stream.create(symbols, this.#connection);
    const mime = symbols.virDomainScreenshot(this.pointer, stream.raw, screen, 0);
    const mimeType = takeCString(
      unwrap(symbols, "virDomainScreenshot", mime),
      (pointer) => symbols.free(pointer),
    );
    return { mimeType, data: stream.receiveAll() };
  }
}
