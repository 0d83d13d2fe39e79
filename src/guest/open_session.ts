/**
 * Opens a guest under KVM where the probe believes in it, and by emulation when the appliance does not start there
 * all the same: on some nested hosts the probe's guests run and a whole appliance hangs, or its qemu ends.
 *
 * @module
 */
import { GuestfsError } from "../../ffi/guestfs/handle.ts";
import type { Accelerator } from "../run/context.ts";
import { GuestSession, type GuestSessionOptions } from "./session.ts";

/** An open guest, and what its appliance runs with. */
export interface OpenedSession {
  /** The open guest. */
  readonly session: GuestSession;
  /** `tcg` where it was asked for, or where the appliance did not start under KVM. */
  readonly accelerator: Accelerator;
}

/**
 * How long an appliance may take to start under KVM, in milliseconds. It needs two to five seconds, and some twenty
 * more when the host builds it for the first time.
 */
const KVM_LIMIT_MS = 90_000;

/**
 * Opens a guest; see {@linkcode GuestSession.open}.
 *
 * @throws {MigrateError} as {@linkcode GuestSession.open} does; an appliance that starts by emulation only is no error
 */
export async function openSession(
  options: GuestSessionOptions,
  kvmLimitMs: number = KVM_LIMIT_MS,
): Promise<OpenedSession> {
  const { accelerator, signal, onClosed } = options;
  if (accelerator === "tcg") return { session: await GuestSession.open(options), accelerator };
  const hung = new AbortController();
  const limit = setTimeout(() => hung.abort(), kvmLimitMs);
  let isOpen = false;
  try {
    const session = await GuestSession.open({
      ...options,
      signal: signal === undefined ? hung.signal : AbortSignal.any([signal, hung.signal]),
      onClosed: () => {
        if (isOpen) onClosed?.();
      },
    });
    isOpen = true;
    return { session, accelerator };
  } catch (error) {
    if (signal?.aborted || !(hung.signal.aborted || failedToLaunch(error))) {
      onClosed?.();
      throw error;
    }
  } finally {
    clearTimeout(limit);
  }
  return { session: await GuestSession.open({ ...options, accelerator: "tcg" }), accelerator: "tcg" };
}

/** Whether it was the launch that failed: disks that cannot be added fail by emulation, too. */
function failedToLaunch(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof GuestfsError && cause.action === "launch";
}
