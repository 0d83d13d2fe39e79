/**
 * Stand-in for jsr:@std/streams/to-text over node:stream/consumers.
 *
 * @module
 */
import { text } from "node:stream/consumers";

/** Reads a stream of bytes or strings to its end, as UTF-8. */
export function toText(stream: ReadableStream): Promise<string> {
  return text(stream as unknown as Parameters<typeof text>[0]);
}
