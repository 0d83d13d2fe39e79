/**
 * A session on a vCenter or an ESXi host: logs in, stays alive, logs in again when the server has forgotten
 * it, and always logs out.
 *
 * @module
 */
import { element, type XmlElement } from "../../libvirt/xml_builder.ts";
import { MigrateError } from "../../model/error.ts";
import { answer, cookieOf, loginError, readContent, type ServiceContent } from "./login_answer.ts";
import {
  type CallResult,
  type Entries,
  envelope,
  type Reference,
  SERVICE_INSTANCE,
  SOAP_ACTION,
  SoapFault,
} from "./soap.ts";
import { discard, type HttpReply, type HttpRequest, retrying, Transport } from "./http/transport.ts";
import type { Trust } from "./http/trust.ts";
import type { XmlNode } from "./xml.ts";

/** Where to log in, and how. */
export interface LoginOptions {
  /** Name or address of the vCenter or ESXi host. */
  readonly host: string;
  /** Port; 443 unless it says otherwise. */
  readonly port: number;
  /** Which certificate is accepted. */
  readonly trust: Trust;
  /** User, such as `administrator@vsphere.local`. */
  readonly user: string;
  /** Password. */
  readonly password: string;
}

/** A session: its login, and how it lives. */
export interface SessionOptions extends LoginOptions {
  /** Aborts every call. */
  readonly signal: AbortSignal;
  /** How often an idle session shows a sign of life, in milliseconds; servers end one after 30 minutes. */
  readonly keepAliveMs?: number;
  /** A server that sends nothing for so long has stalled, in milliseconds. */
  readonly stallMs?: number;
}

const KEEP_ALIVE_MS = 5 * 60_000;
/** How long the end of the program may wait for the logout, in milliseconds. */
const LOGOUT_TIMEOUT_MS = 5_000;
/** How often a call is sent again because the session is gone. */
const RELOGINS = 3;

/** A session; dispose of it to log out. */
export class VsphereSession implements AsyncDisposable {
  /** What the server says of itself. */
  readonly content: ServiceContent;
  readonly #options: SessionOptions;
  readonly #transport: Transport;
  readonly #timer: ReturnType<typeof setInterval>;
  #cookie = "";
  #logins = 0;
  #login: Promise<void> | undefined;

  private constructor(options: SessionOptions, transport: Transport, content: ServiceContent) {
    this.#options = options;
    this.#transport = transport;
    this.content = content;
    const beat = (): void => void this.#keepAlive();
    this.#timer = setInterval(beat, options.keepAliveMs ?? KEEP_ALIVE_MS);
  }

  /**
   * Logs in.
   *
   * @throws {MigrateError} `network/failed`, or `permission/denied` for a wrong password
   */
  static async open(options: SessionOptions): Promise<VsphereSession> {
    await using stack = new AsyncDisposableStack();
    const transport = stack.use(new Transport(options));
    const content = await retrying(`connect to ${transport.address}`, options.signal, async () => {
      const reply = await post(transport, "RetrieveServiceContent", SERVICE_INSTANCE, [], "");
      return readContent((await answer(reply, "RetrieveServiceContent")).values[0]);
    });
    const session = new VsphereSession(options, transport, content);
    stack.defer(() => clearInterval(session.#timer));
    await session.relogin();
    stack.move();
    return session;
  }

  /** How it has logged in, for programs that do so themselves. */
  get login(): LoginOptions {
    return this.#options;
  }

  /** `host:port`. */
  get address(): string {
    return this.#transport.address;
  }

  /** How often it has logged in: views, pages and leases of an earlier login are gone. */
  get logins(): number {
    return this.#logins;
  }

  /** Where and how it logs in; holds the password. */
  get options(): SessionOptions {
    return this.#options;
  }

  /** Which certificate is accepted. */
  get trust(): Trust {
    return this.#options.trust;
  }

  /** Aborts every call. */
  get signal(): AbortSignal {
    return this.#options.signal;
  }

  /** One of the server's own objects, such as `propertyCollector`. */
  object(name: string): Reference {
    const found = this.content.objects[name];
    if (found !== undefined) return found;
    throw new MigrateError("source/unsupported", `Cannot use ${this.address}: it has no ${name}.`);
  }

  /**
   * Calls a method and returns its values. A lost session is opened again, a lost connection tried again.
   *
   * @throws {SoapFault} what the server refuses
   * @throws {MigrateError} `network/failed` or `run/cancelled`
   */
  async call(
    method: string,
    target: Reference,
    args: readonly XmlElement[] = [],
  ): Promise<readonly XmlNode[]> {
    return (await this.list(method, target, args)).values;
  }

  /**
   * As {@linkcode call} for a method whose answer holds a long list: its entries are read while it comes.
   *
   * @throws {SoapFault} what the server refuses
   * @throws {MigrateError} `network/failed` or `run/cancelled`
   */
  async list<T = never>(
    method: string,
    target: Reference,
    args: readonly XmlElement[],
    entries?: Entries<T>,
  ): Promise<CallResult<T>> {
    for (let left = RELOGINS;; left--) {
      const used = this.#cookie;
      try {
        return await retrying(
          `call ${method} on ${this.address}`,
          this.signal,
          async () =>
            await answer(await post(this.#transport, method, target, args, this.#cookie), method, entries),
        );
      } catch (error) {
        if (!(error instanceof SoapFault) || error.kind !== "NotAuthenticated" || left === 0) throw error;
      }
      await this.relogin(used);
    }
  }

  /**
   * Sends a plain request with the session's cookie, such as a download; a lost session is opened again. The
   * caller tries again when the connection fails. What the body yields is overwritten by the one after the next.
   */
  async send(request: HttpRequest): Promise<HttpReply> {
    for (let left = RELOGINS;; left--) {
      const used = this.#cookie;
      const headers = { ...request.headers, cookie: used };
      const reply = await this.#transport.sendLarge({ ...request, headers });
      if (reply.status !== 401 || left === 0) return reply;
      await discard(reply);
      await this.relogin(used);
    }
  }

  /** Logs in, unless another call has done so since the cookie `used` was sent. */
  async relogin(used = ""): Promise<void> {
    if (used !== this.#cookie) return;
    this.#login ??= this.#logIn().finally(() => this.#login = undefined);
    await this.#login;
  }

  /**
   * Does what must still be done at the end: over this session, or over one of its own for at most `timeoutMs`
   * when the run has been cancelled.
   */
  async afterwards(timeoutMs: number, work: (session: VsphereSession) => Promise<void>): Promise<void> {
    if (!this.signal.aborted) return await work(this);
    await using last = await VsphereSession.open({
      ...this.#options,
      signal: AbortSignal.timeout(timeoutMs),
    });
    await work(last);
  }

  async #logIn(): Promise<void> {
    const { user, password, signal } = this.#options;
    const args = [element("userName", {}, user), element("password", {}, password)];
    try {
      this.#cookie = await retrying(`log in to ${this.address}`, signal, async () => {
        const reply = await post(this.#transport, "Login", this.object("sessionManager"), args, "");
        await answer(reply, "Login");
        return cookieOf(reply);
      });
      this.#logins++;
    } catch (error) {
      if (!(error instanceof SoapFault)) throw error;
      throw loginError(this.address, user, error);
    }
  }

  async #keepAlive(): Promise<void> {
    try {
      await this.call("CurrentTime", SERVICE_INSTANCE);
    } catch (error) {
      // The call that needs the session meets the same trouble, and reports it.
      if (!(error instanceof MigrateError)) throw error;
    }
  }

  /** Logs out and closes the connections; a server that is gone needs no logout. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await using _transport = this.#transport;
    // The run's own signal may be aborted, and the session must end all the same.
    await using last = new Transport({ ...this.#options, signal: AbortSignal.timeout(LOGOUT_TIMEOUT_MS) });
    try {
      await answer(await post(last, "Logout", this.object("sessionManager"), [], this.#cookie), "Logout");
    } catch {
      return; // the server ends an idle session by itself
    }
  }
}

async function post(
  transport: Transport,
  method: string,
  target: Reference,
  args: readonly XmlElement[],
  cookie: string,
): Promise<HttpReply> {
  const headers = { "content-type": "text/xml; charset=utf-8", soapaction: SOAP_ACTION };
  return await transport.send({
    method: "POST",
    path: "/sdk",
    headers: cookie === "" ? headers : { ...headers, cookie },
    body: envelope(method, target, args),
  });
}
