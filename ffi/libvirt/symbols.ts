/**
 * The functions of libvirt.so.0 that this project calls, with their C types, and the one place that opens
 * the library: on first use, never at import.
 *
 * @module
 */
import { LibvirtMissingError } from "./error.ts";

/** Every symbol in use. Return values are explained where they are unwrapped. */
export const SYMBOLS = {
  virInitialize: { parameters: [], result: "i32" },
  virGetVersion: {
    parameters: ["buffer", /* unsigned long *libVer */ "pointer", /* type */ "pointer" /* typeVer */],
    result: "i32",
  },
  virGetLastError: { parameters: [], result: "pointer" /* virErrorPtr, owned by the thread */ },
  virResetError: { type: "pointer" /* void (*)(virErrorPtr), taken as an address, never called from here */ },
  virSetErrorFunc: {
    parameters: ["pointer", /* void *userData */ "pointer" /* virErrorFunc handler */],
    result: "void",
  },

  virConnectOpen: { parameters: ["buffer" /* const char *name */], result: "pointer" /* virConnectPtr */ },
  virConnectOpenReadOnly: { parameters: ["buffer" /* const char *name */], result: "pointer" },
  virConnectOpenAuth: {
    parameters: ["buffer", /* name */ "buffer", /* virConnectAuthPtr auth */ "u32" /* flags */],
    result: "pointer",
  },
  virConnectSetKeepAlive: {
    parameters: ["pointer", /* conn */ "i32", /* int interval, seconds */ "u32" /* unsigned int count */],
    result: "i32",
  },
  virConnectClose: { parameters: ["pointer" /* virConnectPtr conn */], result: "i32" },
  virConnectGetLibVersion: {
    parameters: ["pointer", /* conn */ "buffer" /* unsigned long *libVer */],
    result: "i32",
  },
  virConnectGetType: { parameters: ["pointer" /* conn */], result: "pointer" /* const char * */ },
  virConnectGetHostname: { parameters: ["pointer" /* conn */], result: "pointer" /* char *, to free */ },
  virConnectGetURI: { parameters: ["pointer" /* conn */], result: "pointer" /* char *, to free */ },
  virConnectGetCapabilities: { parameters: ["pointer" /* conn */], result: "pointer" /* char *, to free */ },
  virConnectGetDomainCapabilities: {
    parameters: [
      "pointer", // conn
      "buffer", // const char *emulatorbin, or NULL
      "buffer", // const char *arch, or NULL
      "buffer", // const char *machine, or NULL
      "buffer", // const char *virttype, or NULL
      "u32", // unsigned int flags
    ],
    result: "pointer", // char *, to free
  },
  virConnectListAllDomains: {
    parameters: ["pointer", /* conn */ "buffer", /* virDomainPtr **domains */ "u32" /* flags */],
    result: "i32",
  },

  virConnectDomainEventRegisterAny: {
    parameters: [
      "pointer", // conn
      "pointer", // virDomainPtr dom, or NULL for all
      "i32", // int eventID
      "pointer", // virConnectDomainEventGenericCallback cb
      "pointer", // void *opaque
      "pointer", // virFreeCallback freecb, or NULL
    ],
    result: "i32", // callback's number
  },
  virConnectDomainEventDeregisterAny: {
    parameters: ["pointer", /* conn */ "i32" /* int callbackID */],
    result: "i32",
  },
  virEventRegisterDefaultImpl: { parameters: [], result: "i32" },
  virEventRunDefaultImpl: { parameters: [], result: "i32" },
  virEventAddTimeout: {
    parameters: [
      "i32", // int frequency, milliseconds
      "pointer", // virEventTimeoutCallback cb
      "pointer", // void *opaque
      "pointer", // virFreeCallback ff, or NULL
    ],
    result: "i32", // the timer's number
  },
  virEventRemoveTimeout: { parameters: ["i32" /* int timer */], result: "i32" },

  virDomainCreateXML: {
    parameters: ["pointer", /* conn */ "buffer", /* const char *xmlDesc */ "u32" /* flags */],
    result: "pointer", // virDomainPtr
  },
  virDomainDefineXMLFlags: {
    parameters: ["pointer", /* conn */ "buffer", /* const char *xml */ "u32" /* flags */],
    result: "pointer", // virDomainPtr
  },
  virDomainLookupByName: {
    parameters: ["pointer", /* conn */ "buffer" /* const char *name */],
    result: "pointer",
  },
  virDomainLookupByUUIDString: {
    parameters: ["pointer", /* conn */ "buffer" /* const char *uuidstr */],
    result: "pointer",
  },
  virDomainGetName: {
    parameters: ["pointer" /* virDomainPtr domain */],
    result: "pointer", /* const char * */
  },
  virDomainGetUUIDString: {
    parameters: ["pointer", /* domain */ "buffer" /* char *buf[37] */],
    result: "i32",
  },
  virDomainGetState: {
    parameters: ["pointer", /* domain */ "buffer", /* int *state */ "buffer", /* int *reason */ "u32"],
    result: "i32",
  },
  virDomainIsPersistent: { parameters: ["pointer" /* domain */], result: "i32" },
  virDomainGetXMLDesc: {
    parameters: ["pointer", /* domain */ "u32" /* flags */],
    result: "pointer", /* char *, to free */
  },
  virDomainCreateWithFlags: { parameters: ["pointer", /* domain */ "u32" /* flags */], result: "i32" },
  virDomainResume: { parameters: ["pointer" /* domain */], result: "i32" },
  virDomainOpenConsole: {
    parameters: ["pointer", /* domain */ "buffer", /* const char *dev_name */ "pointer", /* st */ "u32"],
    result: "i32",
  },
  virDomainOpenChannel: {
    parameters: ["pointer", /* domain */ "buffer", /* const char *name */ "pointer", /* st */ "u32"],
    result: "i32",
  },
  virDomainBlockStats: {
    parameters: [
      "pointer", // domain
      "buffer", // const char *disk
      "buffer", // virDomainBlockStatsPtr stats
      "usize", // size_t size
    ],
    result: "i32",
  },
  virDomainDestroyFlags: { parameters: ["pointer", /* domain */ "u32" /* flags */], result: "i32" },
  virDomainShutdownFlags: { parameters: ["pointer", /* domain */ "u32" /* flags */], result: "i32" },
  virDomainUndefineFlags: { parameters: ["pointer", /* domain */ "u32" /* flags */], result: "i32" },
  virDomainGetAutostart: {
    parameters: ["pointer", /* domain */ "buffer" /* int *autostart */],
    result: "i32",
  },
  virDomainSetAutostart: { parameters: ["pointer", /* domain */ "i32" /* int autostart */], result: "i32" },
  virDomainScreenshot: {
    parameters: ["pointer", /* domain */ "pointer", /* virStreamPtr */ "u32", /* screen */ "u32" /* flags */],
    result: "pointer", // char *mime, to free
  },
  virDomainFree: { parameters: ["pointer" /* domain */], result: "i32" },

  virStreamNew: {
    parameters: ["pointer", /* conn */ "u32" /* flags */],
    result: "pointer", /* virStreamPtr */
  },
  virStreamRecv: {
    parameters: ["pointer", /* virStreamPtr */ "buffer", /* char *data */ "usize" /* size_t nbytes */],
    result: "i32",
  },
  virStreamSend: {
    parameters: ["pointer", /* virStreamPtr */ "buffer", /* const char *data */ "usize" /* size_t nbytes */],
    result: "i32",
  },
  virStreamSendHole: {
    parameters: ["pointer", /* virStreamPtr */ "i64", /* long long length */ "u32" /* flags */],
    result: "i32",
  },
  virStreamAbort: { parameters: ["pointer" /* virStreamPtr */], result: "i32" },
  virStreamFinish: { parameters: ["pointer" /* virStreamPtr */], result: "i32" },
  virStreamFree: { parameters: ["pointer" /* virStreamPtr */], result: "i32" },

  virConnectListAllStoragePools: {
    parameters: ["pointer", /* conn */ "buffer", /* virStoragePoolPtr **pools */ "u32" /* flags */],
    result: "i32",
  },
  virStoragePoolLookupByName: {
    parameters: ["pointer", /* conn */ "buffer" /* const char *name */],
    result: "pointer", // virStoragePoolPtr
  },
  virStoragePoolLookupByTargetPath: {
    parameters: ["pointer", /* conn */ "buffer" /* const char *path */],
    result: "pointer",
  },
  virStoragePoolDefineXML: {
    parameters: ["pointer", /* conn */ "buffer", /* const char *xml */ "u32" /* flags */],
    result: "pointer",
  },
  virStoragePoolBuild: { parameters: ["pointer", /* pool */ "u32" /* flags */], result: "i32" },
  virStoragePoolCreate: { parameters: ["pointer", /* pool */ "u32" /* flags */], result: "i32" },
  virStoragePoolDestroy: { parameters: ["pointer" /* pool */], result: "i32" },
  virStoragePoolUndefine: { parameters: ["pointer" /* pool */], result: "i32" },
  virStoragePoolSetAutostart: {
    parameters: ["pointer", /* pool */ "i32" /* int autostart */],
    result: "i32",
  },
  virStoragePoolGetName: { parameters: ["pointer" /* virStoragePoolPtr pool */], result: "pointer" },
  virStoragePoolGetXMLDesc: { parameters: ["pointer", /* pool */ "u32" /* flags */], result: "pointer" },
  virStoragePoolIsActive: { parameters: ["pointer" /* pool */], result: "i32" },
  virStoragePoolRefresh: { parameters: ["pointer", /* pool */ "u32" /* flags */], result: "i32" },
  virStoragePoolListAllVolumes: {
    parameters: ["pointer", /* pool */ "buffer", /* virStorageVolPtr **vols */ "u32" /* flags */],
    result: "i32",
  },
  virStoragePoolFree: { parameters: ["pointer" /* pool */], result: "i32" },
  virStorageVolCreateXML: {
    parameters: ["pointer", /* pool */ "buffer", /* const char *xmlDesc */ "u32" /* flags */],
    result: "pointer", // virStorageVolPtr
  },
  virStorageVolLookupByName: {
    parameters: ["pointer", /* pool */ "buffer" /* const char *name */],
    result: "pointer",
  },
  virStorageVolGetName: { parameters: ["pointer" /* virStorageVolPtr vol */], result: "pointer" },
  virStorageVolGetPath: { parameters: ["pointer" /* vol */], result: "pointer" /* char *, to free */ },
  virStorageVolGetXMLDesc: { parameters: ["pointer", /* vol */ "u32" /* flags */], result: "pointer" },
  virStorageVolUpload: {
    parameters: [
      "pointer", // vol
      "pointer", // virStreamPtr stream
      "u64", // unsigned long long offset
      "u64", // unsigned long long length
      "u32", // unsigned int flags
    ],
    result: "i32",
  },
  virStorageVolDelete: { parameters: ["pointer", /* vol */ "u32" /* flags */], result: "i32" },
  virStorageVolFree: { parameters: ["pointer" /* vol */], result: "i32" },

  virConnectListAllNetworks: {
    parameters: ["pointer", /* conn */ "buffer", /* virNetworkPtr **nets */ "u32" /* flags */],
    result: "i32",
  },
  virNetworkLookupByName: {
    parameters: ["pointer", /* conn */ "buffer" /* const char *name */],
    result: "pointer", // virNetworkPtr
  },
  virNetworkGetName: { parameters: ["pointer" /* virNetworkPtr network */], result: "pointer" },
  virNetworkGetBridgeName: {
    parameters: ["pointer" /* network */],
    result: "pointer", /* char *, to free */
  },
  virNetworkGetXMLDesc: { parameters: ["pointer", /* network */ "u32" /* flags */], result: "pointer" },
  virNetworkIsActive: { parameters: ["pointer" /* network */], result: "i32" },
  virNetworkFree: { parameters: ["pointer" /* network */], result: "i32" },

  // From the C library, found through libvirt's own dependencies.
  free: { parameters: ["pointer" /* void *ptr */], result: "void" },
  strdup: { parameters: ["buffer" /* const char *s */], result: "pointer" /* char *, to free */ },
  labs: { type: "pointer" /* long (*)(long), taken as an address: a callback that does nothing */ },
} as const satisfies Deno.ForeignLibraryInterface;

/** The opened library's functions. */
export type LibvirtSymbols = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

let opened: LibvirtSymbols | undefined;

/**
 * The library's functions; opens it on the first call.
 *
 * @throws {LibvirtMissingError} when the library is not installed, or too old
 */
export function libvirt(path = "libvirt.so.0"): LibvirtSymbols {
  if (opened !== undefined) return opened;
  let symbols: LibvirtSymbols;
  try {
    symbols = Deno.dlopen(path, SYMBOLS).symbols;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    throw new LibvirtMissingError(path, cause);
  }
  symbols.virInitialize();
  // Without a handler libvirt prints every error. The handler is process-wide and is called on whichever
  // thread failed, so it cannot be a callback into one isolate: it would outlive its Worker. As handlers
  // get (userData, error), virResetError(NULL, …) is a native function that does nothing.
  symbols.virSetErrorFunc(null, symbols.virResetError);
  opened = symbols;
  return symbols;
}
