/**
 * What passes between a run and the thread that runs libvirt's event loop.
 *
 * @module
 */
import type { VirtFailure } from "../../libvirt/errors.ts";
import type { DiskActivity } from "../proof_guest.ts";

/** The ports of the guest whose text is carried. */
export type GuestPort = "console" | "view" | "view-serial";

/** A question to the thread, about one machine. */
export type GuestRequest =
  | { readonly type: "start"; readonly uri: string; readonly xml: string; readonly disks: readonly string[] }
  | { readonly type: "screenshot" }
  | { readonly type: "activity" }
  | { readonly type: "agent"; readonly command: string }
  | { readonly type: "type"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: "stop" };

/** A question on its way. */
export interface GuestCall {
  /** Number of the question. */
  readonly id: number;
  /** Number of the machine. */
  readonly guest: number;
  /** The question. */
  readonly request: GuestRequest;
}

/** The value that answers each question. */
export interface GuestAnswers {
  /** Nothing: the machine runs. */
  readonly start: null;
  /** The picture. */
  readonly screenshot: { readonly mimeType: string; readonly data: Uint8Array<ArrayBuffer> };
  /** What the disks have moved; null when the machine is gone. */
  readonly activity: DiskActivity | null;
  /** The agent's answer in JSON; null while none is there. */
  readonly agent: string | null;
  /** Nothing: it is typed, or there is nobody any more who would read it. */
  readonly type: null;
  /** Nothing: it is gone. */
  readonly stop: null;
}

/** What the thread sends. */
export type GuestMessage =
  | { readonly type: "answer"; readonly id: number; readonly value: GuestAnswers[keyof GuestAnswers] }
  | { readonly type: "failure"; readonly id: number; readonly failure: VirtFailure }
  | {
    readonly type: "text";
    readonly guest: number;
    readonly port: GuestPort;
    readonly bytes: Uint8Array<ArrayBuffer>;
  }
  /** The machine has ended by itself; `failure` when that is not the guest's doing. */
  | { readonly type: "end"; readonly guest: number; readonly reason?: string; readonly failure?: string };
