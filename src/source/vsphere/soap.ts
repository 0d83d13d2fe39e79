/**
 * SOAP as vSphere speaks it (vSphere Web Services API, namespace urn:vim25): calls as documents, and answers
 * as values or faults.
 *
 * @module
 */
import { element, renderXml, type XmlElement } from "../../libvirt/xml_builder.ts";
import { MigrateError } from "../../model/error.ts";
import {
  answerReader,
  child,
  childrenOf,
  textAt,
  typeOf,
  XmlError,
  type XmlNode,
  type XmlReader,
  XSI,
} from "./xml.ts";

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

/** Elements of an answer that are read one by one: the whole of a long list is never in memory. */
export interface Entries<T> {
  /** Their name. */
  readonly name: string;
  /** Reads one. */
  readonly read: (node: XmlNode) => T;
}

/** What a call returned. */
export interface CallResult<T> {
  /** Its values; none for a call that returns nothing. */
  readonly values: readonly XmlNode[];
  /** What was made of the entries, which the values are without. */
  readonly entries: readonly T[];
}

/** The answer to a call, read as it comes. */
export class AnswerReader<T> {
  readonly #method: string;
  readonly #document: XmlReader;
  readonly #entries: T[] = [];

  /** Prepares for the answer to a method. */
  constructor(method: string, entries?: Entries<T>) {
    this.#method = method;
    this.#document = answerReader((node) => {
      if (node.name !== entries?.name) return false;
      this.#entries.push(entries.read(node));
      return true;
    });
  }

  /**
   * Takes the next part of its text.
   *
   * @throws {XmlError} when the text is no XML
   */
  write(part: string): void {
    this.#document.write(part);
  }

  /**
   * What the call returned, when the last part has been taken.
   *
   * @throws {SoapFault} what the server refused
   * @throws {XmlError} when the text is no answer to this call
   */
  end(): CallResult<T> {
    const body = child(this.#document.end(), "Body");
    const fault = child(body, "Fault");
    if (fault !== undefined) throw asFault(this.#method, fault);
    const response = child(body, `${this.#method}Response`);
    if (response === undefined) {
      throw new XmlError(`the answer to ${this.#method} holds no ${this.#method}Response`);
    }
    return { values: childrenOf(response, "returnval"), entries: this.#entries };
  }
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
