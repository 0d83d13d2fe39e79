/**
 * A connection to a hypervisor through libvirt.
 *
 * Every call blocks, and the last error belongs to the calling thread: use a connection to a daemon inside a
 * Worker, and never make a symbol `nonblocking`.
 *
 * @module
 */
import { Arena, type NonNullPointer } from "../c.ts";
import { type Authenticator, connectAuth } from "./auth.ts";
import { Domain } from "./domain.ts";
import { orNull, unwrap, VIR_ERR } from "./error.ts";
import { VirtHandle } from "./handle.ts";
import { Network } from "./network.ts";
import { StoragePool } from "./storage.ts";
import { libvirt } from "./symbols.ts";

/** `VIR_CONNECT_RO` */
const READ_ONLY = 1 << 0;
/** `VIR_DOMAIN_DEFINE_VALIDATE` */
const DEFINE_VALIDATE = 1 << 0;
/** Bits of `virDomainCreateFlags`. */
const CREATE = { paused: 1 << 0, autodestroy: 1 << 1, validate: 1 << 4 } as const;

/** How to connect. */
export interface OpenOptions {
  /** For looking only. */
  readonly readOnly?: boolean;
  /** Answers when libvirt asks who we are; its own file of credentials (auth.conf) is read before. */
  readonly authenticate?: Authenticator;
}

/** What domain capabilities are asked for; libvirt chooses what is left out. */
export interface DomainCapabilitiesQuery {
  /** Path of the emulator. */
  readonly emulator?: string;
  /** Architecture, such as `x86_64`. */
  readonly arch?: string;
  /** Machine type, such as `q35`. */
  readonly machine?: string;
  /** Domain type: `kvm` or `qemu`. */
  readonly virtType?: string;
}

/** libvirt's `major * 1000000 + minor * 1000 + release` as `major.minor.release`. */
function versionText(version: bigint): string {
  return `${version / 1_000_000n}.${version / 1_000n % 1_000n}.${version % 1_000n}`;
}

/**
 * The version of the installed library, such as `9.0.0`; needs no daemon.
 *
 * @throws {LibvirtMissingError} when the library is not installed
 */
export function libraryVersion(): string {
  const symbols = libvirt();
  using arena = new Arena();
  const out = arena.outUint64();
  unwrap(symbols, "virGetVersion", symbols.virGetVersion(out.buffer, null, null));
  return versionText(out.value);
}

/** An open connection. */
export class Connection extends VirtHandle {
  private constructor(pointer: NonNullPointer) {
    super(pointer, (conn) => this.symbols.virConnectClose(conn));
  }

  /**
   * Connects to a URI such as `qemu:///system`, `qemu+ssh://host/system` or `test:///default`.
   *
   * @throws {LibvirtMissingError} when the library is not installed
   * @throws {VirtError} when the connection fails
   */
  static open(uri: string, options: OpenOptions = {}): Connection {
    const symbols = libvirt();
    using arena = new Arena();
    const { struct, callback } = connectAuth(symbols, arena, options.authenticate ?? (() => undefined));
    try {
      const flags = options.readOnly ? READ_ONLY : 0;
      const result = symbols.virConnectOpenAuth(arena.string(uri), struct, flags);
      return new Connection(unwrap(symbols, "virConnectOpenAuth", result));
    } finally {
      callback[Symbol.dispose]();
    }
  }

  /**
   * Lets libvirt notice a peer that is gone: it asks every so many seconds, and closes after `count` questions
   * without an answer. Works while {@linkcode runEvents} runs; a local connection has no use for it.
   */
  keepAlive(intervalSeconds: number, count: number): void {
    const status = this.symbols.virConnectSetKeepAlive(this.pointer, intervalSeconds, count);
    unwrap(this.symbols, "virConnectSetKeepAlive", status);
  }

  /** The version of the library at the other end, such as `9.0.0`. */
  libVersion(): string {
    using arena = new Arena();
    const out = arena.outUint64();
    const status = this.symbols.virConnectGetLibVersion(this.pointer, out.buffer);
    unwrap(this.symbols, "virConnectGetLibVersion", status);
    return versionText(out.value);
  }

  /** The driver's name, such as `QEMU` or `Test`. */
  type(): string {
    return this.read("virConnectGetType", this.symbols.virConnectGetType(this.pointer));
  }

  /** The host's name. */
  hostname(): string {
    return this.take("virConnectGetHostname", this.symbols.virConnectGetHostname(this.pointer));
  }

  /** The URI that names this connection. */
  uri(): string {
    return this.take("virConnectGetURI", this.symbols.virConnectGetURI(this.pointer));
  }

  /** What the host can do, as XML. */
  capabilities(): string {
    return this.take("virConnectGetCapabilities", this.symbols.virConnectGetCapabilities(this.pointer));
  }

  /** What a domain of this kind can have, as XML. */
  domainCapabilities(query: DomainCapabilitiesQuery = {}): string {
    using arena = new Arena();
    const text = (value: string | undefined): Uint8Array<ArrayBuffer> | null =>
      value === undefined ? null : arena.string(value);
    const xml = this.symbols.virConnectGetDomainCapabilities(
      this.pointer,
      text(query.emulator),
      text(query.arch),
      text(query.machine),
      text(query.virtType),
      0,
    );
    return this.take("virConnectGetDomainCapabilities", xml);
  }

  /** Every domain, running or not. Release each. */
  listDomains(): Domain[] {
    return this.listAll(
      "virConnectListAllDomains",
      (out) => this.symbols.virConnectListAllDomains(this.pointer, out, 0),
      (pointer) => new Domain(pointer, this.pointer),
    );
  }

  /** The domain with this name, null when there is none. */
  findDomain(name: string): Domain | null {
    using arena = new Arena();
    const text = arena.string(name);
    return orNull(VIR_ERR.NO_DOMAIN, () => {
      const result = this.symbols.virDomainLookupByName(this.pointer, text);
      return new Domain(unwrap(this.symbols, "virDomainLookupByName", result), this.pointer);
    });
  }

  /** The domain with this UUID, null when there is none. */
  findDomainByUuid(uuid: string): Domain | null {
    using arena = new Arena();
    const text = arena.string(uuid);
    return orNull(VIR_ERR.NO_DOMAIN, () => {
      const result = this.symbols.virDomainLookupByUUIDString(this.pointer, text);
      return new Domain(unwrap(this.symbols, "virDomainLookupByUUIDString", result), this.pointer);
    });
  }

  /**
   * Starts a domain that is gone when it ends, and that libvirt ends when this connection closes, however that
   * comes. Paused: its streams can be opened before anything happens.
   */
  startTransient(xml: string): Domain {
    using arena = new Arena();
    const flags = CREATE.paused | CREATE.autodestroy | CREATE.validate;
    const result = this.symbols.virDomainCreateXML(this.pointer, arena.string(xml), flags);
    return new Domain(unwrap(this.symbols, "virDomainCreateXML", result), this.pointer);
  }

  /**
   * Makes a persistent domain, checked against libvirt's schema unless `validate` is false. With the name
   * and UUID of an existing one it changes that.
   */
  defineDomain(xml: string, options: { readonly validate?: boolean } = {}): Domain {
    using arena = new Arena();
    const flags = options.validate === false ? 0 : DEFINE_VALIDATE;
    const result = this.symbols.virDomainDefineXMLFlags(this.pointer, arena.string(xml), flags);
    return new Domain(unwrap(this.symbols, "virDomainDefineXMLFlags", result), this.pointer);
  }

  /** Every storage pool, active or not. Release each. */
  listStoragePools(): StoragePool[] {
    return this.listAll(
      "virConnectListAllStoragePools",
      (out) => this.symbols.virConnectListAllStoragePools(this.pointer, out, 0),
      (pointer) => new StoragePool(pointer, this.pointer),
    );
  }

  /** The storage pool with this name, null when there is none. */
  findStoragePool(name: string): StoragePool | null {
    using arena = new Arena();
    const text = arena.string(name);
    return orNull(VIR_ERR.NO_STORAGE_POOL, () => {
      const result = this.symbols.virStoragePoolLookupByName(this.pointer, text);
      return new StoragePool(unwrap(this.symbols, "virStoragePoolLookupByName", result), this.pointer);
    });
  }

  /** Makes a storage pool that outlives the host's restart; it is not started yet. */
  defineStoragePool(xml: string): StoragePool {
    using arena = new Arena();
    const result = this.symbols.virStoragePoolDefineXML(this.pointer, arena.string(xml), 0);
    return new StoragePool(unwrap(this.symbols, "virStoragePoolDefineXML", result), this.pointer);
  }

  /** The storage pool whose files are in this folder, null when there is none. */
  findStoragePoolByPath(path: string): StoragePool | null {
    using arena = new Arena();
    const text = arena.string(path);
    return orNull(VIR_ERR.NO_STORAGE_POOL, () => {
      const result = this.symbols.virStoragePoolLookupByTargetPath(this.pointer, text);
      return new StoragePool(
        unwrap(this.symbols, "virStoragePoolLookupByTargetPath", result),
        this.pointer,
      );
    });
  }

  /** Every network, active or not. Release each. */
  listNetworks(): Network[] {
    return this.listAll(
      "virConnectListAllNetworks",
      (out) => this.symbols.virConnectListAllNetworks(this.pointer, out, 0),
      (pointer) => new Network(pointer),
    );
  }

  /** The network with this name, null when there is none. */
  findNetwork(name: string): Network | null {
    using arena = new Arena();
    const text = arena.string(name);
    return orNull(VIR_ERR.NO_NETWORK, () => {
      const result = this.symbols.virNetworkLookupByName(this.pointer, text);
      return new Network(unwrap(this.symbols, "virNetworkLookupByName", result));
    });
  }
}
