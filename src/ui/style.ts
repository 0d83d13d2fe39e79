/**
 * Colours and marks of the terminal.
 *
 * @module
 */

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** Names of the colours in use. */
export type Color = keyof typeof CODES;

/** Colours a text, or leaves it as it is. */
export type Paint = (color: Color, text: string) => string;

/** A painter; without colour it changes nothing. */
export function painter(enabled: boolean): Paint {
  return (color, text) => enabled && text !== "" ? `\x1b[${CODES[color]}m${text}\x1b[0m` : text;
}

/** The marks in front of lines. */
export interface Marks {
  /** Done. */
  readonly done: string;
  /** Failed. */
  readonly failed: string;
  /** Skipped. */
  readonly skipped: string;
  /** A warning. */
  readonly warning: string;
  /** Frames of the sign that something runs. */
  readonly spinner: readonly string[];
  /** A full and an empty cell of a bar. */
  readonly bar: readonly [string, string];
  /** What stands for cut text. */
  readonly cut: string;
}

const UTF8: Marks = {
  done: "✔",
  failed: "✘",
  skipped: "–",
  warning: "!",
  spinner: ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
  bar: ["█", "░"],
  cut: "…",
};

const ASCII: Marks = {
  done: "+",
  failed: "x",
  skipped: "-",
  warning: "!",
  spinner: ["|", "/", "-", "\\"],
  bar: ["#", "."],
  cut: "~",
};

/** The marks that a terminal can show. */
export function marks(utf8: boolean): Marks {
  return utf8 ? UTF8 : ASCII;
}
