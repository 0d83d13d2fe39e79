/**
 * XML from elsewhere, read into elements with their namespaces resolved. A document type is refused: it is
 * the only place where XML names other files or makes entities that grow.
 *
 * Format: XML 1.0 and "Namespaces in XML 1.0", W3C.
 *
 * @module
 */
import { XMLParser, XMLValidator } from "fast-xml-parser";

/** An attribute. */
export interface XmlAttribute {
  /** Name without its prefix. */
  readonly name: string;
  /** Namespace; empty when it has none. */
  readonly namespace: string;
  /** Value, references resolved. */
  readonly value: string;
}

/** An element. */
export interface XmlNode {
  /** Name without its prefix. */
  readonly name: string;
  /** Namespace; empty when it has none. */
  readonly namespace: string;
  /** Attributes in order. */
  readonly attributes: readonly XmlAttribute[];
  /** Child elements in order. */
  readonly children: readonly XmlNode[];
  /** Its own text, without that of its children; white space at the ends is gone unless it was to be kept. */
  readonly text: string;
}

/** A text that is no XML, or none that is read here; its message is the reason. */
export class XmlError extends Error {
  override readonly name = "XmlError";
}

const MAX_DEPTH = 100;
const XMLNS = "xmlns";

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/** One item of the parser's ordered output: a name with its contents, `:@` with the attributes. */
type Ordered = Readonly<Record<string, unknown>>;

/** How a document is read. */
export interface XmlOptions {
  /** Whether white space at the ends of texts stays: names of a protocol may begin or end with it. */
  readonly keepSpace?: boolean;
}

/**
 * Reads a document and returns its root.
 *
 * @throws {XmlError} for a text that is no well-formed XML, has a document type, or is nested over 100 deep
 */
export function parseXml(text: string, options: XmlOptions = {}): XmlNode {
  const body = text.replace(/^\ufeff/, "");
  if (/<!(DOCTYPE|ENTITY)/i.test(body)) throw new XmlError("it has a document type, which is not read");
  const verdict = XMLValidator.validate(body);
  if (verdict !== true) throw new XmlError(`line ${verdict.err.line}: ${verdict.err.msg}`);
  let roots: Ordered[];
  try {
    roots = parser.parse(body) as Ordered[];
  } catch (error) {
    throw new XmlError(error instanceof Error ? error.message : String(error));
  }
  const root = roots.find((item) => elementName(item) !== null);
  if (root === undefined) throw new XmlError("it has no element");
  return toNode(root, new Map(), 0, options.keepSpace === true);
}

/** The value of an attribute, or undefined. Without a namespace any will do. */
export function attribute(node: XmlNode, name: string, namespace?: string): string | undefined {
  return node.attributes.find((one) =>
    one.name === name && (namespace === undefined || one.namespace === namespace)
  )?.value;
}

/** The first child of this name, in any namespace. */
export function child(node: XmlNode | undefined, name: string): XmlNode | undefined {
  return node?.children.find((one) => one.name === name);
}

/** All children of this name, in any namespace. */
export function children(node: XmlNode | undefined, name: string): XmlNode[] {
  return node?.children.filter((one) => one.name === name) ?? [];
}

/** The text of the first child of this name; undefined when there is none or it is empty. */
export function childText(node: XmlNode | undefined, name: string): string | undefined {
  const text = child(node, name)?.text;
  return text === "" ? undefined : text;
}

/** The prefix of each namespace in scope. */
type Scope = ReadonlyMap<string, string>;

function elementName(item: Ordered): string | null {
  return Object.keys(item).find((key) => key !== ":@" && key !== "#text") ?? null;
}

function toNode(item: Ordered, outer: Scope, depth: number, keepSpace: boolean): XmlNode {
  if (depth > MAX_DEPTH) throw new XmlError(`it is nested more than ${MAX_DEPTH} deep`);
  const tag = elementName(item) ?? "";
  const raw = Object.entries((item[":@"] ?? {}) as Record<string, string>);
  const declared = raw.filter(([key]) => key === XMLNS || key.startsWith(`${XMLNS}:`));
  const scope: Scope = declared.length === 0 ? outer : new Map([
    ...outer,
    ...declared.map(([key, uri]) => [key.slice(XMLNS.length + 1), decoded(uri)] as const),
  ]);
  const content = (item[tag] ?? []) as Ordered[];
  const [namespace, name] = resolved(tag, scope, scope.get("") ?? "");
  const own = decoded(content.map((one) => String(one["#text"] ?? "")).join(""));
  return {
    name,
    namespace,
    attributes: raw.filter((one) => !declared.includes(one)).map(([key, value]) => {
      const [uri, local] = resolved(key, scope, "");
      return { name: local, namespace: uri, value: decoded(value) };
    }),
    children: content.filter((one) => elementName(one) !== null)
      .map((one) => toNode(one, scope, depth + 1, keepSpace)),
    text: keepSpace ? own : own.trim(),
  };
}

/** Namespace and local name; a prefix that nothing declares stands for itself. */
function resolved(qualified: string, scope: Scope, unprefixed: string): readonly [string, string] {
  const colon = qualified.indexOf(":");
  if (colon < 0) return [unprefixed, qualified];
  const prefix = qualified.slice(0, colon);
  return [scope.get(prefix) ?? prefix, qualified.slice(colon + 1)];
}

const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** Resolves the five named references and the numeric ones; anything else stays as it is. */
function decoded(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const code = decimal === undefined ? parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : whole;
  });
}
