/**
 * What the completion scripts of all shells are made from.
 *
 * @module
 */
import type { Option } from "../../config/options.ts";

/** One command as a shell completes it. */
export interface CompletedCommand {
  /** Its name. */
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Its flags. */
  readonly options: readonly Option[];
  /** Words that may follow it. */
  readonly words: readonly string[];
  /** Whether files may follow it. */
  readonly takesFiles: boolean;
}

/** A text between single quotes for sh, bash, zsh and fish, whatever it holds. */
export function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
