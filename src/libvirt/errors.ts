/**
 * What libvirt's failures mean to the user.
 *
 * @module
 */
import { LibvirtMissingError, VIR_ERR, VirtError } from "../../ffi/libvirt/mod.ts";
import { MigrateError } from "../model/error.ts";
import type { Stage } from "../model/stage.ts";
import type { ToLibvirt } from "./requests.ts";
import { isLocalUri } from "./uri.ts";

/** A failure of a call; also what is left of it after the way out of a Worker. */
export interface VirtFailure {
  /** libvirt's message. */
  readonly message: string;
  /** `virErrorNumber`; undefined when the library itself is missing. */
  readonly code?: number;
  /** The function that failed. */
  readonly action?: string;
}

/** What was to be done where. */
export interface VirtDeed {
  /** Such as "define web-01". */
  readonly what: string;
  /** The URI. */
  readonly uri: string;
  /** The stage. */
  readonly stage: Stage;
}

/** The error for the user. */
export function virtError(failure: VirtFailure, { what, uri, stage }: VirtDeed): MigrateError {
  const { message, code, action = "" } = failure;
  if (code !== undefined) {
    return new MigrateError("libvirt/failed", `Cannot ${what} on ${uri}: ${message}`, {
      stage,
      hint: hintFor(code, action, message, uri),
    });
  }
  if (action !== "") return new MigrateError("run/internal", `Cannot ${what}: ${message}`, { stage });
  return new MigrateError("library/missing", `Cannot ${what}: ${message}`, {
    stage,
    hint: "Install it: apt-get install libvirt0 (the package that holds libvirt.so.0 on this system).",
  });
}

const MEMBERS =
  "Run as root or as a member of the group libvirt (usermod -aG libvirt USER), or use this user's own " +
  "libvirt: --uri qemu:///session.";

/** The cure by libvirt's error code. */
function hintFor(code: number, action: string, message: string, uri: string): string {
  if (/Permission denied/.test(message) && /storage file|open/.test(message)) {
    return "The user that libvirt runs QEMU as must be able to reach the disks: put them below " +
      "/var/lib/libvirt/images, or give others the right to pass through the folders above (chmod o+x).";
  }
  switch (code) {
    case VIR_ERR.AUTH_FAILED:
    case VIR_ERR.AUTH_CANCELLED:
    case VIR_ERR.AUTH_UNAVAILABLE:
      return isLocalUri(uri)
        ? MEMBERS
        : "Give name and password in a file: --uri-auth FILE, with sections as in libvirt's auth.conf.";
    case VIR_ERR.ACCESS_DENIED:
    case VIR_ERR.OPERATION_DENIED:
      return MEMBERS;
    case VIR_ERR.XML_ERROR:
    case VIR_ERR.XML_INVALID_SCHEMA:
    case VIR_ERR.CONFIG_UNSUPPORTED:
      return "That libvirt or its QEMU cannot make this machine; change the definition and run virsh define.";
    default:
      return action.startsWith("virConnectOpen")
        ? `Start libvirt (systemctl start libvirtd) or name another one with --uri; virsh -c ${uri} list tries it.`
        : "The definition is beside the disks; hyper2kvm define takes it when the cause is gone.";
  }
}

/** What a failed call to libvirt means to the user. */
export function callError(error: unknown, question: Exclude<ToLibvirt, { call: "cancel" }>): MigrateError {
  if (error instanceof MigrateError) return error;
  const deed = { what: deedOf(question), uri: question.request.uri, stage: "define" } as const;
  if (error instanceof VirtError || error instanceof LibvirtMissingError) return virtError(error, deed);
  return new MigrateError("run/internal", `Cannot ${deed.what}: ${String(error)}`, { cause: error });
}

function deedOf({ call, request }: Exclude<ToLibvirt, { call: "cancel" }>): string {
  switch (call) {
    case "define":
      return `define ${request.name}`;
    case "undefine":
      return `remove ${request.name}`;
    case "isDefined":
      return `look for ${request.name}`;
    case "upload":
      return `put the disks into the pool ${request.pool}`;
    case "discard":
      return `clean up the pool ${request.pool}`;
    case "abilities":
      return "ask what can be defined";
  }
}
