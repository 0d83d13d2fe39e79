/**
 * The Worker of one guest session: the thread that a libguestfs handle blocks.
 *
 * @module
 */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import { Guestfs, GuestfsError } from "../../ffi/guestfs/handle.ts";
import type { ActionArgs, ActionName } from "../../ffi/guestfs/actions.ts";
import type { CallError, FromWorker, ToWorker } from "./protocol.ts";

let guest: Guestfs | undefined;

function post(message: FromWorker, transfer: Transferable[] = []): void {
  self.postMessage(message, transfer);
}

function open(library: string): void {
  try {
    guest = new Guestfs({ library, onProgress: (progress) => post({ type: "progress", progress }) });
    post({ type: "ready", address: guest.address });
  } catch (error) {
    post({ type: "unavailable", message: error instanceof Error ? error.message : String(error) });
  }
}

function call(id: number, name: ActionName, args: readonly unknown[]): void {
  try {
    if (guest === undefined) throw new Error("the handle is not open");
    const value: unknown = guest.call(name, ...args as ActionArgs<ActionName>);
    // Bytes move to the main thread instead of being copied.
    const buffer = value instanceof Uint8Array ? value.buffer : undefined;
    post({ type: "value", id, value }, buffer instanceof ArrayBuffer ? [buffer] : []);
  } catch (error) {
    post({ type: "error", id, error: describe(name, error) });
  }
}

function describe(action: string, error: unknown): CallError {
  if (error instanceof GuestfsError) {
    return { action, errno: error.errno, message: error.message, log: error.log };
  }
  return { action, errno: 0, message: error instanceof Error ? error.message : String(error), log: "" };
}

self.onmessage = ({ data }: MessageEvent<ToWorker>): void => {
  switch (data.type) {
    case "open":
      return open(data.library);
    case "call":
      return call(data.id, data.name, data.args);
    case "close":
      guest?.[Symbol.dispose]();
      return post({ type: "closed" });
  }
};
