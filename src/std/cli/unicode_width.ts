/**
 * Stand-in for jsr:@std/cli/unicode-width over npm:string-width.
 *
 * @module
 */
import stringWidth from "string-width";

/** How many columns a terminal takes to show a text: two for an East Asian wide character. */
export function unicodeWidth(str: string): number {
  return stringWidth(str);
}
