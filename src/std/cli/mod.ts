/**
 * Stand-in for jsr:@std/cli, holding what this project uses.
 *
 * @module
 */
export * from "./parse_args.ts";
export * from "./prompt_secret.ts";
export * from "./unicode_width.ts";
