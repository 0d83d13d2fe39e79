/**
 * The messages between a guest session and its Worker. All of them survive structuredClone.
 *
 * @module
 */
import type { ActionName } from "../../ffi/guestfs/actions.ts";
import type { GuestfsProgress } from "../../ffi/guestfs/handle.ts";

/** To the Worker. */
export type ToWorker =
  /** First: open this library (soname or path) and make a handle. Answered by `ready` or `unavailable`. */
  | { readonly type: "open"; readonly library: string }
  /** Run an action. Answered by `value` or `error` with the same id. */
  | {
    readonly type: "call";
    readonly id: number;
    readonly name: ActionName;
    readonly args: readonly unknown[];
  }
  /** Last: close the handle. Answered by `closed`. */
  | { readonly type: "close" };

/** From the Worker. */
export type FromWorker =
  /** The handle is there; its address is what another thread needs to cancel a transfer. */
  | { readonly type: "ready"; readonly address: bigint }
  /** There is no handle, and why. */
  | { readonly type: "unavailable"; readonly message: string }
  | { readonly type: "value"; readonly id: number; readonly value: unknown }
  | { readonly type: "error"; readonly id: number; readonly error: CallError }
  | { readonly type: "progress"; readonly progress: GuestfsProgress }
  | { readonly type: "closed" };

/** A failed call: the members of a GuestfsError, which loses its class on the way. */
export interface CallError {
  /** The action. */
  readonly action: string;
  /** The error number of libguestfs, 0 when it has none. */
  readonly errno: number;
  /** The message of libguestfs. */
  readonly message: string;
  /** What the appliance, and supermin that builds it, wrote. */
  readonly log: string;
}
