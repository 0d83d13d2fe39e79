/**
 * Thin typed bindings to libvirt. Nothing is opened before the first call, and nothing is printed.
 *
 * @module
 */
export type { Authenticator, CredentialRequest } from "./auth.ts";
export { Connection, type DomainCapabilitiesQuery, libraryVersion, type OpenOptions } from "./connection.ts";
export {
  type BlockStats,
  Domain,
  type DomainState,
  type Screenshot,
  type UndefineOptions,
} from "./domain.ts";
export { LibvirtMissingError, VIR_ERR, VirtError, type VirtErrorLevel } from "./error.ts";
export { type DomainEvent, runEvents, startEvents, STOP_REASONS, Subscription } from "./events.ts";
export { Network } from "./network.ts";
export { StoragePool, StorageVolume } from "./storage.ts";
export { Stream } from "./stream.ts";
