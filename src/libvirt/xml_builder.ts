/**
 * Elements of XML as values, written out by fast-xml-parser's builder, which does the escaping and keeps the
 * order. (It is here already as the reader.)
 *
 * @module
 */
import { XMLBuilder } from "fast-xml-parser";
import { MigrateError } from "../model/error.ts";

/** What an attribute or a text can be; an attribute that is undefined is left out. */
export type XmlValue = string | number | undefined;

/** One element. */
export interface XmlElement {
  /** Name, with its prefix. */
  readonly name: string;
  /** Attributes in order. */
  readonly attributes: Readonly<Record<string, XmlValue>>;
  /** Text, or child elements in order. */
  readonly content: string | readonly XmlElement[];
}

/** Children, where a condition may leave some out. */
export type XmlChildren = readonly (XmlElement | undefined | false)[];

/**
 * Makes an element.
 *
 * ```ts ignore
 * element("disk", { type: "file" }, [element("source", { file: path })])
 * ```
 */
export function element(
  name: string,
  attributes: Readonly<Record<string, XmlValue>> = {},
  content: string | number | XmlChildren = [],
): XmlElement {
  if (typeof content === "object") {
    return { name, attributes, content: content.filter((child) => child !== undefined && child !== false) };
  }
  return { name, attributes, content: String(content) };
}

const builder = new XMLBuilder({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  format: true,
  suppressEmptyNode: true,
});

/**
 * The document with this root, indented by two spaces, with a newline at the end.
 *
 * @throws {MigrateError} `usage/bad-value` for a control character: XML 1.0 (section 2.2) has no way to write
 * most of them, and readers turn a tab or line feed in an attribute into a space (section 3.3.3)
 */
export function renderXml(root: XmlElement): string {
  return `${String(builder.build([ordered(root)])).trim()}\n`;
}

/** The builder's own form: the element's name is a key, attributes are under ":@". */
function ordered(node: XmlElement): Record<string, unknown> {
  const attributes: Record<string, string> = {};
  for (const [key, value] of Object.entries(node.attributes)) {
    if (value !== undefined) attributes[key] = checked(String(value), `${key} of <${node.name}>`);
  }
  const content = typeof node.content === "string"
    ? [{ "#text": checked(node.content, `<${node.name}>`) }]
    : node.content.map(ordered);
  return { [node.name]: content, ":@": attributes };
}

function checked(text: string, where: string): string {
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f\ufffe\uffff]/.test(text) || !text.isWellFormed()) {
    throw new MigrateError(
      "usage/bad-value",
      `Cannot write ${JSON.stringify(text)} as ${where}: XML cannot hold its control characters.`,
      { hint: "Rename the file or the machine." },
    );
  }
  return text;
}
