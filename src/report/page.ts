/**
 * What the texts for a terminal share: width, colours, and paragraphs that stay inside.
 *
 * @module
 */
import type { Concern, Severity } from "../model/concern.ts";
import { type Color, type Marks, marks, type Paint, painter } from "../ui/style.ts";
import { wrap } from "../ui/wrap.ts";

/** For what a text is written. */
export interface PageOptions {
  /** Columns to stay within. */
  readonly columns: number;
  /** Whether colours may be used. */
  readonly color: boolean;
  /** Whether more than ASCII may be used. */
  readonly utf8: boolean;
}

/** Writes texts of one width and style. */
export interface Page extends PageOptions {
  /** Colours a text. */
  readonly paint: Paint;
  /** The marks in front of lines. */
  readonly marks: Marks;
}

/** A page for these options. */
export function pageFor(options: PageOptions): Page {
  return { ...options, paint: painter(options.color), marks: marks(options.utf8) };
}

/** A heading and its lines, with an empty line before; nothing when there are no lines. */
export function block(page: Page, title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", ...colored(page, "bold", title), ...lines];
}

/** A paragraph at the left edge, in one colour. */
export function colored(page: Page, color: Color, text: string): string[] {
  return wrap(clean(text), page.columns).map((line) => page.paint(color, line));
}

/** A paragraph, indented. */
export function paragraph(page: Page, text: string, indent = 2): string[] {
  return wrap(clean(text), page.columns - indent).map((line) => " ".repeat(indent) + line);
}

/** Two columns; on a narrow page one below the other. */
export function pair(page: Page, left: string, right: string, leftColumns: number): string[] {
  const start = 2 + leftColumns + 2;
  if (page.columns - start < 24 || left.length > leftColumns) {
    return [`  ${clean(left)}`, ...paragraph(page, right, 4).map((line) => page.paint("dim", line))];
  }
  const [first = "", ...rest] = wrap(clean(right), page.columns - start);
  return [`  ${clean(left).padEnd(leftColumns)}  ${first}`, ...rest.map((line) => " ".repeat(start) + line)];
}

/** The width of the left column for these texts: the longest one up to 40. */
export function leftColumns(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length).filter((length) => length <= 40));
}

const CONCERN_COLORS: Readonly<Record<Severity, Color>> = {
  critical: "red",
  warning: "yellow",
  information: "cyan",
};

/** Concerns, the heaviest first, each with its cure. */
export function concernLines(page: Page, concerns: readonly Concern[]): string[] {
  const order: readonly Severity[] = ["critical", "warning", "information"];
  const sorted = order.flatMap((severity) => concerns.filter((one) => one.severity === severity));
  return sorted.flatMap(({ severity, message, hint }) => {
    const [first = "", ...rest] = paragraph(page, `${severity}: ${message}`, 2);
    const head = first.replace(severity, page.paint(CONCERN_COLORS[severity], severity));
    return [
      head,
      ...rest,
      ...hint === undefined ? [] : paragraph(page, hint, 4).map((line) => page.paint("dim", line)),
    ];
  });
}

/** The text without control characters: what a guest's file holds must not steer the terminal. */
export function clean(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "?");
}
