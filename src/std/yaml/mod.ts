/**
 * Stand-in for jsr:@std/yaml over npm:yaml, holding what this project uses.
 *
 * @module
 */
import { parseDocument, stringify as write, YAMLParseError } from "yaml";

/** What upstream's default schema has beyond YAML 1.2's core. */
const TAGS = ["binary", "merge", "timestamp"] as const;

/** How a text is read. */
export interface ParseOptions {
  /** Name of the file, for error messages. */
  filename?: string;
  /** Whether a later key may replace an earlier one. */
  allowDuplicateKeys?: boolean;
}

/** How a value is written. */
export interface StringifyOptions {
  /** Spaces of indentation (2). */
  indent?: number;
  /** Columns at which long texts are folded (80). */
  lineWidth?: number;
}

/**
 * Reads one YAML document.
 *
 * @throws {SyntaxError} with the line and column
 */
export function parse(content: string, options: ParseOptions = {}): unknown {
  // With another level the library itself refuses a second document, instead of passing over it.
  const document = parseDocument(content, {
    customTags: [...TAGS],
    uniqueKeys: options.allowDuplicateKeys !== true,
    prettyErrors: true,
    logLevel: "error",
  });
  const [error] = document.errors;
  if (error?.code === "MULTIPLE_DOCS") {
    throw new SyntaxError("Found more than 1 document in the stream: expected a single document");
  }
  if (error instanceof YAMLParseError) throw new SyntaxError(error.message);
  return document.toJS() ?? null;
}

/** Writes a value as YAML. */
export function stringify(
  data: unknown,
  options: StringifyOptions = {},
): string {
  return write(data, {
    customTags: [...TAGS],
    indent: options.indent ?? 2,
    lineWidth: options.lineWidth ?? 80,
  });
}
