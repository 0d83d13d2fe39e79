/**
 * Stand-in for jsr:@std/streams, holding what this project uses.
 *
 * @module
 */
export * from "./text_line_stream.ts";
export * from "./to_text.ts";
