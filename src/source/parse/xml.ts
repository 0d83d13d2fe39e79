/**
 * XML from elsewhere, read into elements with their namespaces resolved. A document type is refused: it is
 * the only place where XML names other files or makes entities that grow.
 *
 * Format: XML 1.0 and "Namespaces in XML 1.0", W3C.
 *
 * @module
 */
import { type SaxesAttributeNS, SaxesParser } from "saxes";

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

/** How a document is read. */
export interface XmlOptions {
  /** Whether white space at the ends of texts stays: names of a protocol may begin or end with it. */
  readonly keepSpace?: boolean;
  /**
   * Sees each element when its end has been read; one for which it answers true is left out of the document. The
   * entries of a long list are so read one after the other, and never in memory together.
   */
  readonly take?: (node: XmlNode) => boolean;
}

/**
 * Reads a document and returns its root.
 *
 * @throws {XmlError} for a text that is no well-formed XML, has a document type, or is nested over 100 deep
 */
export function parseXml(text: string, options: XmlOptions = {}): XmlNode {
  const reader = new XmlReader(options);
  reader.write(text);
  return reader.end();
}

/** Reads a document that comes in parts. */
export class XmlReader {
  // A prefix that nothing declares stands for itself.
  readonly #parser = new SaxesParser({
    xmlns: true,
    position: true,
    resolvePrefix: (prefix: string) => prefix,
  });
  readonly #open: Growing[] = [];
  #root: XmlNode | undefined;

  /** Prepares for one document. */
  constructor({ keepSpace = false, take = () => false }: XmlOptions = {}) {
    const parser = this.#parser, open = this.#open;
    parser.on("error", ({ message }) => {
      if (message.endsWith("undefined entity.")) return; // the text keeps the reference
      throw new XmlError(`line ${parser.line}: ${message.replace(/^\d+:\d+: /, "")}`);
    });
    parser.on("doctype", () => {
      throw new XmlError("it has a document type, which is not read");
    });
    parser.on("opentag", ({ local, uri, attributes }) => {
      if (open.length > MAX_DEPTH) throw new XmlError(`it is nested more than ${MAX_DEPTH} deep`);
      open.push({
        name: local,
        namespace: uri,
        attributes: ownAttributes(attributes),
        children: [],
        text: "",
      });
    });
    const addText = (part: string): void => {
      const element = open.at(-1);
      if (element !== undefined) element.text += part;
    };
    parser.on("text", addText);
    parser.on("cdata", addText);
    parser.on("closetag", () => {
      const element = open.pop()!;
      if (!keepSpace) element.text = element.text.trim();
      if (open.length === 0) this.#root = element;
      else if (!take(element)) open.at(-1)!.children.push(element);
    });
  }

  /**
   * Takes the next part.
   *
   * @throws {XmlError} as {@linkcode parseXml}
   */
  write(part: string): void {
    this.#parser.write(part);
  }

  /**
   * The root, when the last part has been taken.
   *
   * @throws {XmlError} as {@linkcode parseXml}
   */
  end(): XmlNode {
    this.#parser.close();
    if (this.#root === undefined) throw new XmlError("it has no element");
    return this.#root;
  }
}

/** An element whose end has not come yet. */
interface Growing extends XmlNode {
  readonly children: XmlNode[];
  text: string;
}

/** The attributes that declare no namespace. */
function ownAttributes(all: Readonly<Record<string, SaxesAttributeNS>>): XmlAttribute[] {
  return Object.values(all)
    .filter(({ name, prefix }) => prefix !== XMLNS && name !== XMLNS)
    .map(({ local, uri, value }) => ({ name: local, namespace: uri, value }));
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
