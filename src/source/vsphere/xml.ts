/**
 * XML documents as elements with their namespaces resolved, so that a prefix never matters: not in a name, not
 * in an attribute, not in the value of `xsi:type`.
 *
 * @module
 */
import { XMLParser } from "fast-xml-parser";

/** Namespace of `xsi:type`. */
export const XSI = "http://www.w3.org/2001/XMLSchema-instance";

/** One attribute. */
export interface XmlAttribute {
  /** Name without prefix. */
  readonly name: string;
  /** Namespace; empty for an attribute without a prefix. */
  readonly namespace: string;
  /** Value. */
  readonly value: string;
}

/** One element. */
export interface XmlNode {
  /** Name without prefix. */
  readonly name: string;
  /** Namespace. */
  readonly namespace: string;
  /** Attributes, namespace declarations left out. */
  readonly attributes: readonly XmlAttribute[];
  /** Child elements in order. */
  readonly children: readonly XmlNode[];
  /** The text of the element itself. */
  readonly text: string;
}

/** What the parser gives for an element: its name is the one key beside ":@". */
type Raw = Readonly<Record<string, unknown>>;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  htmlEntities: true,
});

/**
 * Reads a document.
 *
 * @throws {Error} when the text is no XML, or holds no element
 */
export function parseXml(text: string): XmlNode {
  if (/<!DOCTYPE/i.test(text)) throw new Error("the document has a DOCTYPE"); // SOAP 1.1, section 3, forbids it
  const root = (parser.parse(text, true) as Raw[]).find((node) => elementName(node) !== undefined);
  if (root === undefined) throw new Error("the document holds no element");
  return resolve(root, new Map([["xml", "http://www.w3.org/XML/1998/namespace"]]));
}

/** The first child with this name. */
export function child(node: XmlNode | undefined, name: string): XmlNode | undefined {
  return node?.children.find((one) => one.name === name);
}

/** The children with this name. */
export function childrenOf(node: XmlNode | undefined, name: string): readonly XmlNode[] {
  return node?.children.filter((one) => one.name === name) ?? [];
}

/** The text at the end of a path of children; undefined when there is none. */
export function textAt(node: XmlNode | undefined, ...path: readonly string[]): string | undefined {
  return path.reduce<XmlNode | undefined>((at, name) => child(at, name), node)?.text;
}

/** The value of `xsi:type` without its prefix; empty when there is none. */
export function typeOf(node: XmlNode): string {
  const type = node.attributes.find((one) => one.name === "type" && one.namespace === XSI);
  return type === undefined ? "" : localName(type.value.trim());
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function elementName(node: Raw): string | undefined {
  return Object.keys(node).find((key) => key !== ":@" && key !== "#text" && !key.startsWith("?"));
}

function resolve(node: Raw, outer: ReadonlyMap<string, string>): XmlNode {
  const name = elementName(node)!;
  const written = Object.entries((node[":@"] ?? {}) as Record<string, string>);
  const scope = declared(written, outer);
  const content = node[name] as readonly Raw[];
  const children: XmlNode[] = [];
  let text = "";
  for (const part of content) {
    if (part["#text"] !== undefined) text += String(part["#text"]);
    else if (elementName(part) !== undefined) children.push(resolve(part, scope));
  }
  return {
    name: localName(name),
    namespace: scope.get(name.includes(":") ? name.slice(0, name.indexOf(":")) : "") ?? "",
    attributes: written.filter(([key]) => key !== "xmlns" && !key.startsWith("xmlns:")).map((
      [key, value],
    ) => ({
      name: localName(key),
      // The default namespace is not one of attributes: Namespaces in XML 1.0, section 6.2.
      namespace: key.includes(":") ? scope.get(key.slice(0, key.indexOf(":"))) ?? "" : "",
      value,
    })),
    children,
    text,
  };
}

function declared(
  attributes: readonly (readonly [string, string])[],
  outer: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const own = attributes.filter(([key]) => key === "xmlns" || key.startsWith("xmlns:"));
  if (own.length === 0) return outer;
  return new Map([...outer, ...own.map(([key, value]) => [key.slice(6), value] as const)]);
}
