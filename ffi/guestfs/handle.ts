/**
 * A libguestfs handle. Every call blocks its thread: use it inside a Worker, one handle each.
 *
 * The last error lives in thread-local storage, so a call and the reading of its error stay on one thread.
 *
 * @module
 */
import {
  Arena,
  callback,
  type CCallback,
  type NonNullPointer,
  type Out,
  type Pointer,
  pointerAddress,
  pointerAt,
  readBytes,
  readCString,
  readCStringAt,
  readInt32,
  readInt64,
  readPointer,
  readUint64,
  takeCString,
  takeCStrings,
} from "../c.ts";
import { type Action, type ActionArgs, type ActionName, type ActionResult, ACTIONS } from "./actions.ts";
import { type ArgKind, STRUCT_LISTS, type StructListName, type StructName, STRUCTS } from "./actions.ts";
import { type GuestfsLibrary, isStruct, isStructList, openLibrary, symbolName } from "./library.ts";
import { type OptionValue, packOptions } from "./optargs.ts";

/** Flags of guestfs_create_flags. Without the second, an exit during a call ends in SIGSEGV or SIGABRT. */
export const CREATE_FLAGS = { NO_ENVIRONMENT: 1, NO_CLOSE_ON_EXIT: 2 } as const;
/** The events that the handle listens to. */
export const EVENTS = { PROGRESS: 0x8, APPLIANCE: 0x10 } as const;
/** How much is kept of what the appliance, and supermin that builds it, wrote during a call, in characters. */
const KEPT_LOG_CHARS = 4096;

/** void cb (guestfs_h *g, void *opaque, u64 event, int handle, int flags, buf, buf_len, u64 *array, array_len) */
const EVENT_CALLBACK = {
  parameters: ["pointer", "pointer", "u64", "i32", "i32", "pointer", "usize", "pointer", "usize"],
  result: "void",
} as const;

/** A libguestfs call that failed. */
export class GuestfsError extends Error {
  override readonly name = "GuestfsError";
  /** The action, without `guestfs_`. */
  readonly action: string;
  /** The error number of the host's C library (ENOENT is 2, EINTR after a cancel is 4), 0 when unknown. */
  readonly errno: number;
  /** The end of what the appliance, or supermin that builds it, wrote during the call. */
  readonly log: string;

  /** Makes an error with the message of libguestfs. */
  constructor(action: string, errno: number, message: string, log = "") {
    super(message);
    this.action = action;
    this.errno = errno;
    this.log = log;
  }
}

/** How far a transfer is; the unit depends on the action, for most it is bytes. */
export interface GuestfsProgress {
  /** Done so far. */
  readonly position: number;
  /** The whole. */
  readonly total: number;
}

/** How a handle is made. */
export interface GuestfsOptions {
  /** Path or soname of the library. */
  readonly library?: string;
  /** Receives progress on the thread of the handle, while the call blocks it. */
  readonly onProgress?: (progress: GuestfsProgress) => void;
}

/** One libguestfs handle: at most one appliance. */
export class Guestfs implements Disposable {
  #library: GuestfsLibrary;
  #handle: Pointer;
  #events: CCallback;
  #log = "";

  /**
   * Creates a handle; nothing is launched. LIBGUESTFS_* variables are not read.
   *
   * @throws {Error} of Deno.dlopen when libguestfs cannot be opened
   * @throws {GuestfsError} when it cannot make a handle
   */
  constructor(options: GuestfsOptions = {}) {
    this.#library = openLibrary(options.library);
    const { base } = this.#library;
    this.#handle = base.guestfs_create_flags(CREATE_FLAGS.NO_ENVIRONMENT | CREATE_FLAGS.NO_CLOSE_ON_EXIT);
    if (this.#handle === null) {
      this.#library[Symbol.dispose]();
      throw new GuestfsError("create", 0, "cannot create a libguestfs handle");
    }
    base.guestfs_set_error_handler(this.#handle, null, null); // or libguestfs prints errors to stderr
    this.#events = this.#listen(options.onProgress);
  }

  #listen(onProgress: GuestfsOptions["onProgress"]): CCallback {
    const events = callback(
      EVENT_CALLBACK,
      (_g, _opaque, event, _handle, _flags, text, size, array, length) => {
        if (BigInt(event) === BigInt(EVENTS.APPLIANCE)) {
          if (text !== null) this.#keep(new TextDecoder().decode(readBytes(text, Number(size))));
        } else if (array !== null && length >= 4n) {
          // Progress is an array of four: procedure, serial, position, total.
          onProgress?.({ position: Number(readUint64(array, 16)), total: Number(readUint64(array, 24)) });
        }
      },
    );
    const { base } = this.#library;
    const wanted = BigInt(EVENTS.APPLIANCE | (onProgress === undefined ? 0 : EVENTS.PROGRESS));
    base.guestfs_set_event_callback(this.#handle, events.pointer, wanted, 0, null);
    return events;
  }

  #keep(text: string): void {
    this.#log = (this.#log + text).slice(-KEPT_LOG_CHARS);
  }

  /** The address of the handle, for {@linkcode cancelTransfer} from another thread. */
  get address(): bigint {
    return pointerAddress(this.#handle);
  }

  /**
   * Calls an action and waits for its end.
   *
   * @throws {GuestfsError} when it fails, or this libguestfs does not have it
   */
  call<N extends ActionName>(name: N, ...args: ActionArgs<N>): ActionResult<N> {
    if (this.#handle === null) throw new GuestfsError(name, 0, "the handle is closed");
    const action: Action = ACTIONS[name];
    const run = this.#library.actions[symbolName(name, action)];
    if (!run) throw new GuestfsError(name, 0, `this libguestfs has no ${name}`);
    this.#log = "";
    using arena = new Arena();
    const values: readonly unknown[] = args;
    const passed = action.args.flatMap((kind, index) => toC(kind, values[index], arena));
    if (action.opts !== undefined) {
      const given = (values[action.args.length] ?? {}) as Record<string, OptionValue | undefined>;
      passed.push(packOptions(action.opts, given, arena));
    }
    const size = arena.outUint64();
    if (action.result === "bytes") passed.push(size.buffer);
    const result = run(this.#handle, ...passed);
    if (result === null || result === -1 || result === -1n) throw this.#lastError(name);
    return this.#read(action, result, size) as ActionResult<N>;
  }

  #read(action: Action, result: unknown, size: Out<bigint>): unknown {
    const pointer = result as NonNullPointer;
    const { free } = this.#library.base;
    if (isStruct(action.result)) return this.#takeStruct(action.result, pointer);
    if (isStructList(action.result)) return this.#takeStructs(action.result, pointer);
    switch (action.result) {
      case "status":
        return undefined;
      case "bool":
        return result !== 0;
      case "int":
        return result;
      case "int64":
        return Number(result);
      case "string":
        return takeCString(pointer, free);
      case "strings":
        return takeCStrings(pointer, free);
      case "hash":
        return pairs(takeCStrings(pointer, free));
      case "bytes":
        try {
          return readBytes(pointer, Number(size.value));
        } finally {
          free(pointer);
        }
    }
  }

  #takeStruct(name: StructName, pointer: NonNullPointer): Record<string, number | string> {
    try {
      return readStruct(name, pointer, 0);
    } finally {
      this.#library.base[`guestfs_free_${name}`](pointer);
    }
  }

  /** `struct guestfs_X_list` is a u32 count and, at 8, the address of the structs one after the other. */
  #takeStructs(list: StructListName, pointer: NonNullPointer): Record<string, number | string>[] {
    try {
      const name = STRUCT_LISTS[list];
      const first = readPointer(pointer, 8);
      const size = Object.keys(STRUCTS[name]).length * 8;
      return first === null
        ? []
        : Array.from({ length: readInt32(pointer) }, (_, index) => readStruct(name, first, index * size));
    } finally {
      this.#library.base[`guestfs_free_${list}`](pointer);
    }
  }

  #lastError(name: string): GuestfsError {
    const message = readCString(this.#library.base.guestfs_last_error(this.#handle));
    const errno = this.#library.base.guestfs_last_errno(this.#handle);
    return new GuestfsError(name, errno, message ?? `${name} failed`, this.#log);
  }

  /** Ends the appliance and frees the handle; the second time does nothing. */
  [Symbol.dispose](): void {
    if (this.#handle === null) return;
    this.#library.base.guestfs_close(this.#handle); // may still report progress: the callback goes after it
    this.#handle = null;
    this.#events[Symbol.dispose]();
    this.#library[Symbol.dispose]();
  }
}

/**
 * Makes the transfer that a handle on another thread is busy with fail with EINTR (4). Only uploads, downloads
 * and long operations that libguestfs marks as cancellable stop; others go on.
 */
export function cancelTransfer(address: bigint, library?: string): void {
  using opened = openLibrary(library);
  opened.base.guestfs_user_cancel(pointerAt(address));
}

function readStruct(
  name: StructName,
  pointer: NonNullPointer,
  offsetBytes: number,
): Record<string, number | string> {
  const fields = Object.entries(STRUCTS[name]).map(([field, kind], index) => {
    const at = offsetBytes + index * 8;
    const value = kind === "string" ? readCStringAt(pointer, at) ?? "" : Number(readInt64(pointer, at));
    return [field, value] as const;
  });
  return Object.fromEntries(fields);
}

function toC(kind: ArgKind, value: unknown, arena: Arena): unknown[] {
  switch (kind) {
    case "string":
      return [arena.string(value as string)];
    case "strings":
      return [arena.strings(value as readonly string[])];
    case "bool":
      return [value ? 1 : 0];
    case "int":
      return [value];
    case "int64":
      return [BigInt(value as number | bigint)];
    case "bytes": {
      const content = value as Uint8Array;
      // An empty buffer has no address, and libguestfs refuses NULL.
      return [arena.bytes(content.length === 0 ? new Uint8Array(1) : content), BigInt(content.length)];
    }
  }
}

function pairs(list: readonly string[]): Record<string, string> {
  const entries: [string, string][] = [];
  for (let i = 0; i + 1 < list.length; i += 2) entries.push([list[i]!, list[i + 1]!]);
  return Object.fromEntries(entries);
}
