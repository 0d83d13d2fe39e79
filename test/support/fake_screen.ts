/**
 * A screen in memory with a clock that the test moves, for the renderers.
 *
 * @module
 */
import type { Screen } from "../../src/ui/progress.ts";

/** Keeps what was written. */
export class FakeScreen implements Screen {
  /** All that was written. */
  text = "";
  /** The time now, in milliseconds. */
  ms = 0;
  /** No colours. */
  readonly color = false;
  /** All marks. */
  readonly utf8 = true;

  /** Makes a screen of so many columns. */
  constructor(public width = 80) {}

  /** Keeps a text. */
  write(text: string): void {
    this.text += text;
  }

  /** The width. */
  columns(): number {
    return this.width;
  }

  /** The time. */
  now(): number {
    return this.ms;
  }

  /** What a terminal shows after all that was written: understands what the renderer sends. */
  shown(): string[] {
    const lines: string[] = [""];
    let row = 0;
    const escape = String.fromCharCode(27);
    const moves = new RegExp(`(${escape}\\[\\d+A\\r${escape}\\[J|\\n)`);
    for (const part of this.text.split(moves)) {
      if (part.startsWith(escape)) {
        row -= Number.parseInt(part.slice(2));
        lines.splice(row, Infinity, "");
      } else if (part === "\n") {
        row++;
        lines[row] ??= "";
      } else lines[row] += part;
    }
    return lines.filter((line) => line !== "");
  }
}
