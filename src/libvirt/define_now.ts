/**
 * Defining a domain, on the thread that calls: it blocks until libvirt answers.
 *
 * @module
 */
import {
  Connection,
  type Domain,
  LibvirtMissingError,
  type UndefineOptions,
  VIR_ERR,
  VirtError,
} from "../../ffi/libvirt/mod.ts";
import type { Concern } from "../model/concern.ts";
import { type ErrorCode, MigrateError } from "../model/error.ts";
import { virtError } from "./errors.ts";

/** What is to be defined where. */
export interface DefineRequest {
  /** Domain XML. */
  readonly xml: string;
  /** The name in it. */
  readonly name: string;
  /** Where, such as `qemu:///system`. */
  readonly uri: string;
  /** Whether a domain of that name that is shut off may be replaced. */
  readonly replace: boolean;
  /** libvirt's networks that its cards are on: it does not start without them. */
  readonly networks?: readonly string[];
}

/** A domain as libvirt has it. */
export interface DefinedDomain {
  /** Its name. */
  readonly name: string;
  /** Its UUID. */
  readonly uuid: string;
  /** The URI of the connection, as libvirt writes it. */
  readonly uri: string;
  /** Whether it took the place of another one. */
  readonly replaced: boolean;
  /** What keeps it from starting. */
  readonly concerns: readonly Concern[];
}

/** What came of it; survives the way out of the Worker. */
export type DefineOutcome =
  | { readonly ok: true; readonly domain: DefinedDomain }
  | {
    readonly ok: false;
    readonly error: { readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined };
  };

/** What goes with a definition that is replaced: none of it fits another disk. */
const STATE: UndefineOptions = { managedSave: true, snapshotsMetadata: true };
/** More of it, which not every driver and version knows. */
const FIRMWARE_STATE: UndefineOptions = { ...STATE, checkpointsMetadata: true, nvram: true };

/** Defines a domain; never throws. */
export function defineNow(request: DefineRequest): DefineOutcome {
  try {
    using connection = Connection.open(request.uri);
    return { ok: true, domain: define(connection, request) };
  } catch (error) {
    const { code, message, hint } = defineError(error, request);
    return { ok: false, error: { code, message, hint } };
  }
}

function define(connection: Connection, request: DefineRequest): DefinedDomain {
  using old = connection.findDomain(request.name);
  const oldXml = old?.xml({ inactive: true, secure: true });
  if (old !== null) {
    checkReplaceable(old, request);
    rehearse(connection, request.xml);
    undefine(old);
  }
  try {
    using domain = connection.defineDomain(request.xml);
    return {
      name: domain.name(),
      uuid: domain.uuid(),
      uri: connection.uri(),
      replaced: old !== null,
      concerns: networkConcerns(connection, request),
    };
  } catch (error) {
    // The old one was there before and libvirt took it once: put it back.
    if (oldXml !== undefined) connection.defineDomain(oldXml, { validate: false })[Symbol.dispose]();
    throw error;
  }
}

function undefine(domain: Domain): void {
  try {
    domain.undefine(FIRMWARE_STATE);
  } catch (error) {
    // "unsupported flags": nothing has been done yet.
    if (!(error instanceof VirtError) || error.code !== VIR_ERR.INVALID_ARG) throw error;
    domain.undefine(STATE);
  }
}

function checkReplaceable(old: Domain, { name, uri, replace }: DefineRequest): void {
  if (!replace) {
    throw new MigrateError(
      "usage/output-exists",
      `Cannot define ${name}: ${uri} has a machine of that name.`,
      {
        hint: "Give --replace to replace its definition, or another name with --name.",
      },
    );
  }
  if (old.isActive()) {
    throw new MigrateError("usage/output-exists", `Cannot replace ${name}: it is running on ${uri}.`, {
      hint: `Shut it down first: virsh -c ${uri} shutdown ${name}`,
    });
  }
}

/**
 * Finds out whether libvirt would take a definition, while the old one is still there: libvirt checks all
 * else before it looks at the name.
 */
function rehearse(connection: Connection, xml: string): void {
  try {
    // With the old one's UUID it is taken: the old definition goes all the same.
    connection.defineDomain(xml)[Symbol.dispose]();
  } catch (error) {
    if (!(error instanceof VirtError) || error.code !== VIR_ERR.OPERATION_FAILED) throw error;
  }
}

function networkConcerns(connection: Connection, { networks = [], uri }: DefineRequest): Concern[] {
  return networks.flatMap((name): Concern[] => {
    using network = connection.findNetwork(name);
    if (network?.isActive()) return [];
    return [{
      id: "define/network",
      severity: "warning",
      message: `The network "${name}" ${network === null ? "does not exist" : "is not started"} on ${uri}.`,
      hint: network === null
        ? "Make it (virsh net-define), or change <source> of the interface."
        : `Start it: virsh -c ${uri} net-start ${name}`,
    }];
  });
}

/** What a failure means to the user. */
export function defineError(error: unknown, { name, uri }: DefineRequest): MigrateError {
  if (error instanceof MigrateError) return error;
  const deed = { what: `define ${name}`, uri, stage: "define" } as const;
  if (error instanceof VirtError || error instanceof LibvirtMissingError) return virtError(error, deed);
  return new MigrateError("run/internal", `Cannot define ${name}: ${String(error)}`, { cause: error });
}
