/**
 * Defining a domain, on the thread that calls: it blocks until libvirt answers.
 *
 * @module
 */
import {
  type Connection,
  type Domain,
  type UndefineOptions,
  VIR_ERR,
  VirtError,
} from "../../ffi/libvirt/mod.ts";
import type { Concern } from "../model/concern.ts";
import { MigrateError } from "../model/error.ts";
import type { DefinedDomain, DefineRequest, UndefineRequest } from "./requests.ts";

/** What goes with a definition that is replaced: none of it fits another disk. */
const STATE: UndefineOptions = { managedSave: true, snapshotsMetadata: true };
/** More of it, which not every driver and version knows. */
const FIRMWARE_STATE: UndefineOptions = { ...STATE, checkpointsMetadata: true, nvram: true };

/**
 * Defines a domain.
 *
 * @throws {MigrateError} `usage/output-exists`; libvirt's own errors
 */
export function defineNow(connection: Connection, request: DefineRequest): DefinedDomain {
  using old = connection.findDomain(request.name);
  const oldXml = old?.xml({ inactive: true, secure: true });
  if (old !== null) {
    checkReplaceable(old, request);
    rehearse(connection, request.xml);
    undefine(old);
  }
  try {
    using domain = connection.defineDomain(request.xml);
    if (request.autostart) setAutostart(domain);
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

/** A domain that is not as it was asked for goes again. */
function setAutostart(domain: Domain): void {
  try {
    domain.setAutostart(true);
  } catch (error) {
    undefine(domain);
    throw error;
  }
}

/** Removes a domain that is shut off and has one of these disks; whether it did. */
export function undefineNow(connection: Connection, { name, disks }: UndefineRequest): boolean {
  using domain = connection.findDomain(name);
  if (domain === null || domain.isActive()) return false;
  const xml = domain.xml({ inactive: true });
  // libvirt writes attributes in single quotes.
  if (!disks.some((disk) => xml.includes(`='${escapeAttribute(disk)}'`))) return false;
  undefine(domain);
  return true;
}

function escapeAttribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
    "'",
    "&apos;",
  );
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

/**
 * Refuses a name that another machine has.
 *
 * @throws {MigrateError} `usage/output-exists`
 */
export function checkName(
  connection: Connection,
  request: Pick<DefineRequest, "name" | "uri" | "replace">,
): void {
  using old = connection.findDomain(request.name);
  if (old !== null) checkReplaceable(old, request);
}

function checkReplaceable(
  old: Domain,
  { name, uri, replace }: Pick<DefineRequest, "name" | "uri" | "replace">,
): void {
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
