/**
 * Thin typed bindings to libvirt. Nothing is opened before the first call, and nothing is printed.
 *
 * @module
 */
export { Connection, type DomainCapabilitiesQuery, libraryVersion } from "./connection.ts";
export { Domain, type DomainState, type Screenshot, type UndefineOptions } from "./domain.ts";
export { LibvirtMissingError, VIR_ERR, VirtError, type VirtErrorLevel } from "./error.ts";
export { Network } from "./network.ts";
export { StoragePool, StorageVolume } from "./storage.ts";
