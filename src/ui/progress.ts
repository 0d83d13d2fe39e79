/**
 * Progress on standard error: three renderers of the same events, and the table that selects one.
 *
 * @module
 */
import type { RunEvent } from "../model/event.ts";

/** Levels of a log line. */
export type LogLevel = "debug" | "info" | "warning" | "error";

/** Shows what a run tells. */
export interface Progress extends Disposable {
  /** Takes in an event. */
  emit(event: RunEvent): void;
  /** Shows a log line without disturbing what is on the screen. */
  log(level: LogLevel, line: string): void;
}

/** Where a renderer writes: standard error, or a string in a test. */
export interface Screen {
  /** Writes at once. */
  write(text: string): void;
  /** Columns now; asked for each frame. */
  columns(): number;
  /** Whether colours may be used. */
  readonly color: boolean;
  /** Whether more than ASCII may be used. */
  readonly utf8: boolean;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
}

/** Names of the renderers. */
export type ProgressStyle = "tty" | "plain" | "json" | "silent";

type Renderer = (screen: Screen, isBatch: boolean) => Progress;

/** Only the one that is used is loaded: the widths of characters on a terminal take memory. */
const RENDERERS: Readonly<Record<ProgressStyle, () => Promise<Renderer>>> = {
  tty: async () => (await import("./tty.ts")).ttyProgress,
  plain: async () => (await import("./plain.ts")).plainProgress,
  json: async () => (await import("./json.ts")).jsonProgress,
  silent: () => Promise.resolve(silentProgress),
};

const silentProgress: Renderer = (screen) => ({
  emit: () => {},
  log: (_level, line) => screen.write(`${line}\n`),
  [Symbol.dispose]: () => {},
});

/**
 * Makes a renderer; dispose of it to stop its timer and to leave the screen tidy.
 *
 * @param isBatch Whether there are several machines, so that each line has to say which it is about
 */
export async function createProgress(
  style: ProgressStyle,
  screen: Screen,
  isBatch = false,
): Promise<Progress> {
  const render = await RENDERERS[style]();
  return render(screen, isBatch);
}

/** The renderer for `--progress`: with `auto` a terminal gets the one that redraws. */
export function progressStyle(
  asked: "auto" | "tty" | "plain" | "json",
  quiet: boolean,
  isTerminal: boolean,
): ProgressStyle {
  if (quiet) return "silent";
  if (asked !== "auto") return asked;
  return isTerminal ? "tty" : "plain";
}
