/**
 * One line of the terminal that never wraps: a line that did would break the redrawing.
 *
 * @module
 */
import { unicodeWidth } from "@std/cli/unicode-width";
import type { Paint } from "./style.ts";

/** The parts of a line. */
export interface Row {
  /** One column, may be coloured. */
  readonly mark: string;
  /** What it is about. */
  readonly name: string;
  /** What is said, or what to say in so many columns. */
  readonly text: string | ((columns: number) => string);
  /** At the right edge. */
  readonly right: string;
  /** Columns of the terminal. */
  readonly columns: number;
  /** What stands for cut text. */
  readonly cut: string;
  /** Colours. */
  readonly paint: Paint;
}

/** Width of the column of names: the longest stage has nine letters. */
const NAME_COLUMNS = 10;
/** Beyond this the right edge is too far from the text to be read with it. */
const MAX_COLUMNS = 110;

/** `MARK NAME       TEXT            RIGHT`, one column short of the terminal's width. */
export function row({ mark, name, text, right, columns, cut, paint }: Row): string {
  const width = Math.min(columns - 1, MAX_COLUMNS);
  const shown = cutTo(name, Math.max(NAME_COLUMNS, Math.floor(width / 2)), cut);
  const left = padTo(shown, NAME_COLUMNS);
  const room = width - 2 - unicodeWidth(left) - 1 - unicodeWidth(right) - 1;
  if (room < 1) return `${mark} ${cutTo(name, width - 2, cut)}`;
  const said = typeof text === "string" ? cutTo(text, room, cut) : text(room);
  return `${mark} ${paint("bold", left)} ${padTo(said, room)} ${paint("dim", right)}`;
}

/** The first of the texts that fits; nothing when none does. */
export function fitted(columns: number, texts: readonly string[]): string {
  return texts.find((text) => unicodeWidth(text) <= columns) ?? "";
}

/** The text in at most so many columns, on one line, without control characters. */
export function cutTo(text: string, columns: number, cut: string): string {
  // deno-lint-ignore no-control-regex -- control characters of a foreign text must not reach the terminal
  const clean = text.replaceAll(/[\x00-\x1f\x7f-\x9f]+/g, " ");
  if (unicodeWidth(clean) <= columns) return clean;
  let kept = "";
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(clean)) {
    width += unicodeWidth(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return columns < 1 ? "" : kept.trimEnd() + cut;
}

/** The text with spaces behind it, so many columns wide. */
export function padTo(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - unicodeWidth(text)));
}
