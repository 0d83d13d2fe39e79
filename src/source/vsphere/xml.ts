/**
 * The answers of vSphere as elements: the project's one XML reader, with what SOAP adds to it.
 *
 * @module
 */
import { attribute, child, type XmlNode, XmlReader } from "../parse/xml.ts";

export { child, children as childrenOf, XmlError, type XmlNode, type XmlReader } from "../parse/xml.ts";

/** Namespace of `xsi:type`. */
export const XSI = "http://www.w3.org/2001/XMLSchema-instance";

/**
 * Reads a document; texts keep their white space, because names of machines may begin or end with it. A
 * document type is refused, as SOAP 1.1, section 3, wants it.
 *
 * @throws {XmlError} when the text is no XML, or holds no element
 */
export function parseXml(text: string): XmlNode {
  const reader = answerReader();
  reader.write(text);
  return reader.end();
}

/** Reads a document as {@linkcode parseXml} does, part by part; `take` may take elements out of it. */
export function answerReader(take?: (node: XmlNode) => boolean): XmlReader {
  return new XmlReader({ keepSpace: true, ...(take === undefined ? {} : { take }) });
}

/** The text at the end of a path of children; undefined when there is none. */
export function textAt(node: XmlNode | undefined, ...path: readonly string[]): string | undefined {
  return path.reduce<XmlNode | undefined>((at, name) => child(at, name), node)?.text;
}

/** The value of `xsi:type` without its prefix; empty when there is none. */
export function typeOf(node: XmlNode): string {
  const type = attribute(node, "type", XSI)?.trim() ?? "";
  return type.slice(type.indexOf(":") + 1);
}
