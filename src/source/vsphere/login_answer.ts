/**
 * What a server answers when somebody logs in: itself, a cookie, or why not.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import {
  AnswerReader,
  asReference,
  type CallResult,
  type Entries,
  type Reference,
  type SoapFault,
} from "./soap.ts";
import { discard, type HttpReply, isUnavailable, Unavailable } from "./http/transport.ts";
import { child, textAt, XmlError, type XmlNode } from "./xml.ts";

/** What the server says of itself. */
export interface ServiceContent {
  /** `VMware vCenter Server 8.0.2 build-…`. */
  readonly fullName: string;
  /** `VirtualCenter`, or `HostAgent` for an ESXi host. */
  readonly apiType: string;
  /** The objects that everything else starts from, by the name of the property: `rootFolder` and so on. */
  readonly objects: Readonly<Record<string, Reference>>;
}

/** What an answer returned; a server that is busy is another one to ask again. */
export async function answer<T = never>(
  reply: HttpReply,
  method: string,
  entries?: Entries<T>,
): Promise<CallResult<T>> {
  if (isUnavailable(reply.status)) {
    await discard(reply);
    throw new Unavailable(`the server answers ${reply.status}`);
  }
  const reader = new AnswerReader(method, entries);
  const decoder = new TextDecoder();
  try {
    for await (const bytes of reply.body) reader.write(decoder.decode(bytes, { stream: true }));
    return reader.end();
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    throw new MigrateError(
      "network/failed",
      `Cannot read the answer to ${method} (HTTP status ${reply.status}): ${error.message}.`,
      { hint: "Check that the address is a vCenter or an ESXi host.", cause: error },
    );
  }
}

/** The session's cookie as it is sent back. */
export function cookieOf(reply: HttpReply): string {
  const set = [reply.headers["set-cookie"] ?? []].flat();
  const cookie = set.map((one) => one.split(";")[0]!.trim()).find((one) =>
    one.startsWith("vmware_soap_session=")
  );
  if (cookie !== undefined) return cookie;
  throw new MigrateError("network/failed", "Cannot log in: the server opened no session.");
}

/** Reads `ServiceContent` (vSphere Web Services API). */
export function readContent(node: XmlNode | undefined): ServiceContent {
  const about = child(node, "about");
  const references = (node?.children ?? []).filter((one) => one.children.length === 0).map((one) =>
    [one.name, asReference(one)] as const
  );
  return {
    fullName: textAt(about, "fullName") ?? "",
    apiType: textAt(about, "apiType") ?? "",
    objects: Object.fromEntries(references),
  };
}

/** The error for a login that was refused. */
export function loginError(address: string, user: string, fault: SoapFault): MigrateError {
  const wrong = fault.kind === "InvalidLogin";
  const reason = wrong ? "the user name or the password is wrong" : fault.reason;
  return new MigrateError("permission/denied", `Cannot log in to ${address} as ${user}: ${reason}.`, {
    hint: wrong ? "Users of vCenter need their domain: name@vsphere.local." : "See the events of the server.",
    cause: fault,
  });
}
