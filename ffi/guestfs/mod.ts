/**
 * A typed binding of libguestfs: the actions in use, a handle, its errors.
 *
 * @module
 */
export * from "./actions.ts";
export * from "./handle.ts";
export { type GuestfsLibrary, LIBGUESTFS, openLibrary } from "./library.ts";
export { type OptionValue, packOptions } from "./optargs.ts";
