/**
 * libvirt's event loop, and the events of domains.
 *
 * The loop belongs to the process, and only one thread may run it: callbacks run on that thread. Start it before
 * the connection is opened; while it is not run, events, keep-alive and non-blocking streams stand still.
 *
 * @module
 */
import { callback, type CCallback, type NonNullPointer, type Pointer } from "../c.ts";
import { unwrap } from "./error.ts";
import { libvirt, type LibvirtSymbols } from "./symbols.ts";

let started = false;

/** Makes libvirt use its own event loop for connections that are opened from now on. */
export function startEvents(): void {
  if (started) return;
  const symbols = libvirt();
  unwrap(symbols, "virEventRegisterDefaultImpl", symbols.virEventRegisterDefaultImpl());
  started = true;
}

/** Runs the event loop until something has happened, or for so many milliseconds. */
export function runEvents(limitMs: number): void {
  const symbols = libvirt();
  const timer = unwrap(
    symbols,
    "virEventAddTimeout",
    symbols.virEventAddTimeout(limitMs, symbols.labs, null, null),
  );
  try {
    unwrap(symbols, "virEventRunDefaultImpl", symbols.virEventRunDefaultImpl());
  } finally {
    symbols.virEventRemoveTimeout(timer);
  }
}

/** `virDomainEventType` by number. */
const LIFECYCLE = [
  "defined",
  "undefined",
  "started",
  "suspended",
  "resumed",
  "stopped",
  "shutdown",
  "pm-suspended",
  "crashed",
] as const;

/** What happened to a domain. */
export type DomainEvent = (typeof LIFECYCLE)[number];

/** `virDomainEventStoppedDetailType` by number: why a domain stopped. */
export const STOP_REASONS = [
  "shutdown",
  "destroyed",
  "crashed",
  "migrated",
  "saved",
  "failed",
  "from-snapshot",
] as const;

/** `VIR_DOMAIN_EVENT_ID_LIFECYCLE` and `VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE` */
const EVENT_ID = { lifecycle: 0, agent: 18 } as const;

/** int (*)(virConnectPtr conn, virDomainPtr dom, int event or state, int detail or reason, void *opaque) */
const CALLBACK = { parameters: ["pointer", "pointer", "i32", "i32", "pointer"], result: "i32" } as const;

/** A subscription; dispose of it before the domain and its connection. */
export class Subscription implements Disposable {
  readonly #symbols: LibvirtSymbols;
  readonly #connection: NonNullPointer;
  readonly #number: number;
  readonly #callback: CCallback;
  #isOpen = true;

  private constructor(
    symbols: LibvirtSymbols,
    connection: NonNullPointer,
    number: number,
    callback: CCallback,
  ) {
    this.#symbols = symbols;
    this.#connection = connection;
    this.#number = number;
    this.#callback = callback;
  }

  /** Asks for what happens to a domain; `detail` is the number that libvirt adds. */
  static lifecycle(
    connection: NonNullPointer,
    domain: Pointer,
    tell: (event: DomainEvent, detail: number) => void,
  ): Subscription {
    return Subscription.#subscribe(connection, domain, EVENT_ID.lifecycle, (event, detail) => {
      const name = LIFECYCLE[event];
      if (name !== undefined) tell(name, detail);
    });
  }

  /** Asks for the guest agent's coming and going. */
  static agent(
    connection: NonNullPointer,
    domain: Pointer,
    tell: (isConnected: boolean) => void,
  ): Subscription {
    return Subscription.#subscribe(connection, domain, EVENT_ID.agent, (state) => tell(state === 1));
  }

  static #subscribe(
    connection: NonNullPointer,
    domain: Pointer,
    id: number,
    tell: (first: number, second: number) => void,
  ): Subscription {
    const symbols = libvirt();
    const called = callback(CALLBACK, (_connection, _domain, first, second) => {
      tell(first, second);
      return 0;
    }, { onThrow: 0 });
    const number = symbols.virConnectDomainEventRegisterAny(
      connection,
      domain,
      id,
      called.pointer,
      null,
      null,
    );
    if (number < 0) called[Symbol.dispose]();
    unwrap(symbols, "virConnectDomainEventRegisterAny", number);
    return new Subscription(symbols, connection, number, called);
  }

  /** Ends it; the callback is not called any more. */
  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#symbols.virConnectDomainEventDeregisterAny(this.#connection, this.#number);
    this.#callback[Symbol.dispose]();
  }
}
