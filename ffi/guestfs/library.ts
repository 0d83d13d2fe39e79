/**
 * The functions of libguestfs, opened by soname.
 *
 * @module
 */
import { Arena } from "../c.ts";
import {
  type Action,
  ACTIONS,
  type ArgKind,
  type ResultKind,
  STRUCT_LISTS,
  type StructListName,
  type StructName,
  STRUCTS,
} from "./actions.ts";

/** dlfcn.h: resolve everything now; keep the library mapped after dlclose. */
const RTLD_NOW_NODELETE = 0x2 | 0x1000;

/** The name under which the dynamic linker knows libguestfs. */
export const LIBGUESTFS = "libguestfs.so.0";

// Never `nonblocking`: the last error is thread-local, and from the thread pool it would be NULL.
const BASE = {
  /** guestfs_h *guestfs_create_flags (unsigned flags, ...) */
  guestfs_create_flags: { parameters: ["u32"], result: "pointer" },
  /** void guestfs_close (guestfs_h *g) */
  guestfs_close: { parameters: ["pointer"], result: "void" },
  /** const char *guestfs_last_error (guestfs_h *g) */
  guestfs_last_error: { parameters: ["pointer"], result: "pointer" },
  /** int guestfs_last_errno (guestfs_h *g) */
  guestfs_last_errno: { parameters: ["pointer"], result: "i32" },
  /** void guestfs_set_error_handler (guestfs_h *g, guestfs_error_handler_cb cb, void *opaque) */
  guestfs_set_error_handler: { parameters: ["pointer", "pointer", "pointer"], result: "void" },
  /** int guestfs_set_event_callback (guestfs_h *g, cb, uint64_t event_bitmask, int flags, void *opaque) */
  guestfs_set_event_callback: { parameters: ["pointer", "function", "u64", "i32", "pointer"], result: "i32" },
  /** int guestfs_user_cancel (guestfs_h *g): the one call that another thread may make. */
  guestfs_user_cancel: { parameters: ["pointer"], result: "i32" },
  /** void guestfs_free_version (struct guestfs_version *) */
  guestfs_free_version: { parameters: ["pointer"], result: "void" },
  /** void guestfs_free_statns (struct guestfs_statns *) */
  guestfs_free_statns: { parameters: ["pointer"], result: "void" },
  /** void guestfs_free_statvfs (struct guestfs_statvfs *) */
  guestfs_free_statvfs: { parameters: ["pointer"], result: "void" },
  /** void guestfs_free_btrfssubvolume (struct guestfs_btrfssubvolume *) */
  guestfs_free_btrfssubvolume: { parameters: ["pointer"], result: "void" },
  /** void guestfs_free_btrfssubvolume_list (struct guestfs_btrfssubvolume_list *) */
  guestfs_free_btrfssubvolume_list: { parameters: ["pointer"], result: "void" },
  /** void free (void *): libc's own, found through the dependencies of libguestfs. */
  free: { parameters: ["pointer"], result: "void" },
  /** void *dlopen (const char *, int), found in the same way. */
  dlopen: { parameters: ["buffer", "i32"], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

const ARGUMENTS: Readonly<Record<ArgKind, readonly Deno.NativeType[]>> = {
  string: ["buffer"],
  int: ["i32"],
  int64: ["i64"],
  bool: ["i32"],
  strings: ["buffer"],
  bytes: ["buffer", "usize"],
};

function nativeResult(result: ResultKind): Deno.NativeResultType {
  if (result === "status" || result === "bool" || result === "int") return "i32";
  return result === "int64" ? "i64" : "pointer";
}

/** The C function of an action. */
export function symbolName(name: string, action: Action): string {
  return `guestfs_${name}${action.opts === undefined ? "" : "_argv"}`;
}

/** Whether a result is a struct. */
export function isStruct(result: ResultKind): result is StructName {
  return Object.hasOwn(STRUCTS, result);
}

/** Whether a result is a list of structs. */
export function isStructList(result: ResultKind): result is StructListName {
  return Object.hasOwn(STRUCT_LISTS, result);
}

function actionSymbol(action: Action): Deno.ForeignFunction {
  return {
    parameters: [
      "pointer",
      ...action.args.flatMap((kind) => ARGUMENTS[kind]),
      ...(action.opts === undefined ? [] : ["buffer" as const]),
      ...(action.result === "bytes" ? ["buffer" as const] : []),
    ],
    result: nativeResult(action.result),
    optional: true,
  };
}

/** A C function by its address and signature; null where this libguestfs lacks it. */
type CFunction = ((...args: unknown[]) => unknown) | null;

/** The functions of libguestfs, until disposed of. */
export interface GuestfsLibrary extends Disposable {
  /** The functions that every handle needs. */
  readonly base: Deno.DynamicLibrary<typeof BASE>["symbols"];
  /** The functions of the actions, by C name. */
  readonly actions: Readonly<Record<string, CFunction | undefined>>;
}

/**
 * Opens libguestfs. Disposing of it lets go of Deno's handle; the library stays mapped, because destructors of
 * thread-local data in its dependencies may run when a thread ends later.
 *
 * @throws {Error} of Deno.dlopen when the library is missing or is not libguestfs
 */
export function openLibrary(path: string = LIBGUESTFS): GuestfsLibrary {
  const rows = Object.entries<Action>(ACTIONS).map(([name, action]) =>
    [symbolName(name, action), actionSymbol(action)] as const
  );
  const library = Deno.dlopen(path, { ...BASE, ...Object.fromEntries(rows) } as unknown as typeof BASE);
  using arena = new Arena();
  library.symbols.dlopen(arena.string(path), RTLD_NOW_NODELETE);
  return {
    base: library.symbols,
    actions: library.symbols as unknown as GuestfsLibrary["actions"],
    [Symbol.dispose]: (): void => library.close(),
  };
}
