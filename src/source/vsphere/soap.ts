/**
 * SOAP as vSphere speaks it (vSphere Web Services API, namespace urn:vim25): calls as documents, and answers
 * as values or faults.
 *
 * @module
 */
import { element, renderXml, type XmlElement } from "../../libvirt/xml_builder.ts";
import { MigrateError } from "../../model/error.ts";
import { child, childrenOf, parseXml, textAt, typeOf, type XmlNode, XSI } from "./xml.ts";

/** A managed object of the server. */
export interface Reference {
  /** Such as `VirtualMachine`. */
  readonly type: string;
  /** Such as `vm-42`. */
  readonly id: string;
}

/** Namespace of SOAP 1.1. */
const ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/";
/** Namespace of the vSphere API. */
const VIM = "urn:vim25";

/** The header that every call has: the oldest version of the API that is spoken. */
export const SOAP_ACTION = '"urn:vim25/6.5"';

/** The one object that needs no session. */
export const SERVICE_INSTANCE: Reference = { type: "ServiceInstance", id: "ServiceInstance" };

/** An argument that is a managed object. */
export function referenceArgument(name: string, { type, id }: Reference): XmlElement {
  return element(name, { type }, id);
}

/** The document of a call. */
export function envelope(method: string, target: Reference, args: readonly XmlElement[]): string {
  const call = element(method, { xmlns: VIM }, [referenceArgument("_this", target), ...args]);
  const namespaces = { "xmlns:soapenv": ENVELOPE, "xmlns:xsi": XSI };
  return `<?xml version="1.0" encoding="UTF-8"?>\n` +
    renderXml(element("soapenv:Envelope", namespaces, [element("soapenv:Body", {}, [call])]));
}

/** What the server refused, by the name of its fault type. */
export class SoapFault extends MigrateError {
  /** Makes one for a call; `detail` is the element of the fault itself. */
  constructor(
    method: string,
    /** Such as `NotAuthenticated`; empty when the server named none. */
    readonly kind: string,
    /** The server's own words. */
    readonly reason: string,
    detail?: XmlNode,
  ) {
    const isRight = kind === "NoPermission" || kind === "InvalidLogin";
    const privilege = textAt(detail, "privilegeId");
    super(isRight ? "permission/denied" : "network/failed", `Cannot call ${method}: ${reason} (${kind}).`, {
      ...(privilege === undefined ? {} : { hint: `The user needs the privilege ${privilege}.` }),
    });
  }
}

/**
 * The values that a call returned; none for a call that returns nothing.
 *
 * @throws {SoapFault} what the server refused
 * @throws {Error} when the text is no answer to this call
 */
export function parseAnswer(text: string, method: string): readonly XmlNode[] {
  const body = child(parseXml(text), "Body");
  const fault = child(body, "Fault");
  if (fault !== undefined) throw asFault(method, fault);
  const response = child(body, `${method}Response`);
  if (response === undefined) throw new Error(`the answer to ${method} holds no ${method}Response`);
  return childrenOf(response, "returnval");
}

/** The managed object that an element names. */
export function asReference(node: XmlNode): Reference {
  // Its own `type` has no namespace; `xsi:type` beside it says ManagedObjectReference.
  const type = node.attributes.find((one) => one.name === "type" && one.namespace === "");
  return { type: type?.value ?? "", id: node.text.trim() };
}

function asFault(method: string, fault: XmlNode): SoapFault {
  const detail = child(fault, "detail")?.children[0];
  const kind = detail === undefined ? "" : typeOf(detail) || detail.name.replace(/Fault$/, "");
  const words = textAt(fault, "faultstring")?.trim() ?? "";
  return new SoapFault(method, kind, words.replace(/\.$/, "") || "no reason is given", detail);
}

/** A fault that stands in a property, such as the error of a lease that `method` asked for. */
export function faultIn(method: string, node: XmlNode | undefined): SoapFault {
  const detail = child(node, "fault");
  const words = textAt(node, "localizedMessage")?.trim().replace(/\.$/, "");
  return new SoapFault(
    method,
    detail === undefined ? "" : typeOf(detail),
    words || "no reason is given",
    detail,
  );
}
