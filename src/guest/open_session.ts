/**
 * Opens a guest under KVM where the probe believes in it, and by emulation when the appliance hangs there all the
 * same: on some nested hosts the probe's few instructions run and a kernel does not.
 *
 * @module
 */
import type { Accelerator } from "../run/context.ts";
import { GuestSession, type GuestSessionOptions } from "./session.ts";

/** An open guest, and what its appliance runs with. */
export interface OpenedSession {
  /** The open guest. */
  readonly session: GuestSession;
  /** `tcg` where it was asked for, or where KVM hung. */
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
 * @throws {MigrateError} as {@linkcode GuestSession.open} does; a hang under KVM is no error
 */
export async function openSession(
  options: GuestSessionOptions,
  kvmLimitMs: number = KVM_LIMIT_MS,
): Promise<OpenedSession> {
  const { accelerator, signal, onClosed } = options;
  if (accelerator === "tcg") return { session: await GuestSession.open(options), accelerator };
  const hung = new AbortController();
  const limit = setTimeout(() => hung.abort(), kvmLimitMs);
  try {
    const session = await GuestSession.open({
      ...options,
      signal: signal === undefined ? hung.signal : AbortSignal.any([signal, hung.signal]),
      onClosed: () => {
        if (!hung.signal.aborted) onClosed?.();
      },
    });
    return { session, accelerator };
  } catch (error) {
    if (!hung.signal.aborted || signal?.aborted) throw error;
  } finally {
    clearTimeout(limit);
  }
  return { session: await GuestSession.open({ ...options, accelerator: "tcg" }), accelerator: "tcg" };
}
